using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Saving;

/// <summary>
/// Reads what <see cref="SavedConversationWriter"/> wrote.
/// Everything is checked against the model and the file's length before memory is taken.
/// </summary>
internal static class SavedConversationReader
{
    private const long LargestHeader = 16 << 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="session">The model.</param>
    /// <param name="key">Key of the file's authentication code; null does not look at it.</param>
    /// <param name="cancellationToken">Cancels between layers.</param>
    /// <returns>The sequence, which the caller disposes.</returns>
    /// <exception cref="ModelFormatException">
    /// The file is missing, malformed or incomplete, belongs to another model, or was not written with the key.
    /// </exception>
    public static Sequence Read(string path, ModelSession session, ReadOnlyMemory<byte>? key, CancellationToken cancellationToken)
    {
        try
        {
            using SavedFile file = new(path, key);
            return Read(file, session, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{path} can't be read: {exception.Message}", exception);
        }
    }

    private static Sequence Read(SavedFile file, ModelSession session, CancellationToken cancellationToken)
    {
        SavedHeader header = ReadHeader(file);
        ModelManifest model = session.Manifest;
        CheckIdentity(file.Path, header, model);
        bool hasCode = header.Tensors.ContainsKey(SavedLayout.Code);
        if (file.HasKey && !hasCode)
        {
            throw new ModelFormatException(
                $"{file.Path} has no authentication code, which is expected as a key was given. Save the conversation with "
                + $"{nameof(SaveOptions)}.{nameof(SaveOptions.Key)}, or load files that nobody else can write without a key.");
        }

        IReadOnlyList<SafetensorsEntry> tensors = CheckTensors(header, session, file.Remaining, hasCode);
        int[] tokens = ReadTokens(header, file, (int)tensors[0].Shape[0], model.VocabularySize);
        int rows = (int)tensors[1].Shape[2];
        long logitsBytes = tensors.Where(tensor => tensor.Name == SavedLayout.Logits).Sum(tensor => tensor.End - tensor.Begin);
        byte[] logits = new byte[logitsBytes];
        Sequence sequence = new(session);
        try
        {
            sequence.Restore(tokens, rows, Fill, logits);
            return sequence;
        }
        catch
        {
            sequence.Dispose();
            throw;
        }

        void Fill(KvCache cache)
        {
            ReadRows(file, cache, rows, cancellationToken);
            file.Read(logits);
            if (hasCode && !file.ReadCode())
            {
                throw new ModelFormatException(
                    $"{file.Path}: its authentication code is not that of its bytes under the given key. It was saved with another key, or "
                    + "changed by someone who does not have it; nothing of it was used.");
            }
        }
    }

    private static SavedHeader ReadHeader(SavedFile file)
    {
        byte[] prefix = new byte[sizeof(long)];
        long available = file.Remaining - prefix.Length;
        if (available >= 0)
        {
            file.Read(prefix);
        }

        long length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (available < 0 || length < 0 || length > available || length > LargestHeader)
        {
            throw new ModelFormatException(
                $"{file.Path} is not a saved conversation: a header of {length} bytes does not fit into {Math.Max(available, 0)} bytes. "
                + "Save the conversation again.");
        }

        byte[] json = new byte[length];
        file.Read(json);
        return SavedHeader.Parse(file.Path, json);
    }

    private static void CheckIdentity(string path, SavedHeader header, ModelManifest model)
    {
        if (header.Metadata.GetValueOrDefault("format") != SavedLayout.Format)
        {
            throw header.Wrong($"its format is '{header.Metadata.GetValueOrDefault("format")}', expected '{SavedLayout.Format}'");
        }

        if (header.Metadata.GetValueOrDefault("version") != SavedLayout.Version)
        {
            throw new ModelFormatException(
                $"{path}: the version is '{header.Metadata.GetValueOrDefault("version")}', but this version of ALoRA.Onnx reads "
                + $"'{SavedLayout.Version}'. Update ALoRA.Onnx or save the conversation again.");
        }

        foreach ((string key, string what, string value) in SavedLayout.Identity(model))
        {
            string saved = header.Metadata.GetValueOrDefault(key, "");
            if (saved != value)
            {
                throw new ModelFormatException(
                    $"{path}: the {what} of the saved conversation is '{saved}', but that of the model '{model.Name}' is '{value}'. Rows "
                    + "of another model are of no use; open the model that it was saved with.");
            }
        }
    }

    // The whole list follows from three numbers, so that it is compared with what it must be.
    private static IReadOnlyList<SafetensorsEntry> CheckTensors(
        SavedHeader header, ModelSession session, long available, bool hasCode)
    {
        KvLayout layout = session.CacheLayout;
        long tokens = header.Tensors.TryGetValue(SavedLayout.Tokens, out SafetensorsEntry? ids) && ids.Shape.Length == 1
            ? ids.Shape[0]
            : throw header.Wrong("it has no list of tokens");
        long rows = header.Tensors.TryGetValue(Models.GraphSignature.PastKey(0), out SafetensorsEntry? key) && key.Shape.Length == 4
            ? key.Shape[2]
            : throw header.Wrong("it has no keys of layer 0");
        if (tokens > layout.MaxLength)
        {
            throw new ModelFormatException(
                $"The saved conversation has {tokens} tokens, which do not fit into the context of {layout.MaxLength}. Open the model with "
                + $"a larger {nameof(AloraModelOptions)}.{nameof(AloraModelOptions.MaxContextLength)}.");
        }

        bool hasLogits = header.Tensors.ContainsKey(SavedLayout.Logits);
        if (rows > tokens || (hasLogits && rows != tokens))
        {
            throw header.Wrong($"it has {rows} rows{(hasLogits ? " and logits" : "")} for {tokens} tokens");
        }

        IReadOnlyList<SafetensorsEntry> expected =
            SavedLayout.Tensors(layout, session.Manifest.VocabularySize, (int)tokens, (int)rows, hasLogits, hasCode);
        foreach (SafetensorsEntry tensor in expected)
        {
            if (!header.Tensors.TryGetValue(tensor.Name, out SafetensorsEntry? got)
                || got.Type != tensor.Type || !got.Shape.SequenceEqual(tensor.Shape) || (got.Begin, got.End) != (tensor.Begin, tensor.End))
            {
                throw header.Wrong(
                    $"'{tensor.Name}' should be {Show(tensor)}, but is {(got is null ? "missing" : Show(got))}");
            }
        }

        if (header.Tensors.Count != expected.Count || expected[^1].End != available)
        {
            throw header.Wrong(
                $"it has {header.Tensors.Count} tensors in {available} bytes, expected {expected.Count} in {expected[^1].End}");
        }

        return expected;
    }

    private static int[] ReadTokens(SavedHeader header, SavedFile file, int count, int vocabulary)
    {
        int[] tokens = new int[count];
        file.Read(MemoryMarshal.AsBytes(tokens.AsSpan()));
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)vocabulary)
            {
                throw header.Wrong($"the id {token} is not one of the model's {vocabulary}");
            }
        }

        return tokens;
    }

    private static void ReadRows(SavedFile file, KvCache cache, int rows, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[checked((int)(rows * cache.Layout.RowBytes))];
        for (int layer = 0; layer < cache.Layout.Layers && rows > 0; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int head = 0; head < 2 * cache.Layout.Heads; head++)
            {
                file.Read(buffer);
                cache.WriteRows(layer, isValue: head >= cache.Layout.Heads, head % cache.Layout.Heads, 0, buffer);
            }
        }
    }

    private static string Show(SafetensorsEntry tensor) =>
        $"{tensor.Type} [{string.Join(", ", tensor.Shape)}] at {tensor.Begin} to {tensor.End}";
}
