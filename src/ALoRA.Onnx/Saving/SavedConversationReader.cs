using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Shared;
using Microsoft.Win32.SafeHandles;

namespace ALoRA.Onnx.Saving;

/// <summary>
/// Reads what <see cref="SavedConversationWriter"/> wrote.
/// Everything is checked against the model and the file's length before memory is taken.
/// </summary>
internal static class SavedConversationReader
{
    private const long LargestHeader = 16 << 20;

    /// <summary>Reads a file.</summary>
    /// <returns>The sequence, which the caller disposes.</returns>
    /// <exception cref="ModelFormatException">The file is missing, malformed or incomplete, or belongs to another model.</exception>
    public static Sequence Read(string path, ModelSession session, CancellationToken cancellationToken)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            return Read(path, file, session, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{path} can't be read: {exception.Message}", exception);
        }
    }

    private static Sequence Read(string path, SafeFileHandle file, ModelSession session, CancellationToken cancellationToken)
    {
        (SavedHeader header, long data) = ReadHeader(path, file);
        ModelManifest model = session.Manifest;
        CheckIdentity(path, header, model);
        IReadOnlyList<SafetensorsEntry> tensors = CheckTensors(header, session, RandomAccess.GetLength(file) - data);
        int[] tokens = ReadTokens(header, file, data, (int)tensors[0].Shape[0], model.VocabularySize);
        int rows = (int)tensors[1].Shape[2];
        byte[] logits = tensors[^1].Name == SavedLayout.Logits ? new byte[tensors[^1].End - tensors[^1].Begin] : [];
        ReadExactly(file, logits, data + tensors[^1].Begin);
        Sequence sequence = new(session);
        try
        {
            sequence.Restore(tokens, rows, cache => ReadRows(file, data + tensors[1].Begin, cache, rows, cancellationToken), logits);
            return sequence;
        }
        catch
        {
            sequence.Dispose();
            throw;
        }
    }

    private static (SavedHeader Header, long DataStart) ReadHeader(string path, SafeFileHandle file)
    {
        byte[] prefix = new byte[sizeof(long)];
        long available = RandomAccess.GetLength(file) - prefix.Length;
        if (available >= 0)
        {
            ReadExactly(file, prefix, 0);
        }

        long length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (available < 0 || length < 0 || length > available || length > LargestHeader)
        {
            throw new ModelFormatException(
                $"{path} is not a saved conversation: a header of {length} bytes does not fit into {Math.Max(available, 0)} bytes. "
                + "Save the conversation again.");
        }

        byte[] json = new byte[length];
        ReadExactly(file, json, prefix.Length);
        return (SavedHeader.Parse(path, json), prefix.Length + length);
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
    private static IReadOnlyList<SafetensorsEntry> CheckTensors(SavedHeader header, ModelSession session, long available)
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
            SavedLayout.Tensors(layout, session.Manifest.VocabularySize, (int)tokens, (int)rows, hasLogits);
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

    private static int[] ReadTokens(SavedHeader header, SafeFileHandle file, long data, int count, int vocabulary)
    {
        int[] tokens = new int[count];
        ReadExactly(file, MemoryMarshal.AsBytes(tokens.AsSpan()), data);
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)vocabulary)
            {
                throw header.Wrong($"the id {token} is not one of the model's {vocabulary}");
            }
        }

        return tokens;
    }

    private static void ReadRows(SafeFileHandle file, long offset, KvCache cache, int rows, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[checked((int)(rows * cache.Layout.RowBytes))];
        for (int layer = 0; layer < cache.Layout.Layers && rows > 0; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int head = 0; head < 2 * cache.Layout.Heads; head++)
            {
                ReadExactly(file, buffer, offset);
                cache.WriteRows(layer, isValue: head >= cache.Layout.Heads, head % cache.Layout.Heads, 0, buffer);
                offset += buffer.Length;
            }
        }
    }

    private static void ReadExactly(SafeFileHandle file, Span<byte> target, long offset)
    {
        while (!target.IsEmpty)
        {
            int read = RandomAccess.Read(file, target, offset);
            if (read == 0)
            {
                throw new EndOfStreamException("The file is shorter than it was a moment ago.");
            }

            target = target[read..];
            offset += read;
        }
    }

    private static string Show(SafetensorsEntry tensor) =>
        $"{tensor.Type} [{string.Join(", ", tensor.Shape)}] at {tensor.Begin} to {tensor.End}";
}
