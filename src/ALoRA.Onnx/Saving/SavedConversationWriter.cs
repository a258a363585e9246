using System.Runtime.InteropServices;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Saving;

/// <summary>Writes a conversation of the base as a safetensors file: ids, keys and values, the last logits, and whose they are.</summary>
internal static class SavedConversationWriter
{
    /// <summary>
    /// Writes beside the target and renames at the end, so that a failure leaves what was there.
    /// What an ended process left there is deleted.
    /// </summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="InvalidOperationException">The sequence runs under an adapter.</exception>
    public static void Write(
        string path, Sequence sequence, ModelManifest model, ReadOnlyMemory<byte>? key, CancellationToken cancellationToken)
    {
        sequence.CheckBase("Saving");
        string target = Path.GetFullPath(path);
        OwnedPlace.Sweep(Path.GetDirectoryName(target)!);
        using OwnedPlace place = OwnedPlace.Take(target);
        try
        {
            using (FileStream stream = new(place.Partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1))
            {
                Write(new CodedStream(stream, key), sequence, model, cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            File.Move(place.Partial, target, overwrite: true);
        }
        finally
        {
            File.Delete(place.Partial);
        }
    }

    private static void Write(CodedStream stream, Sequence sequence, ModelManifest model, CancellationToken cancellationToken)
    {
        KvCache cache = sequence.Cache;
        ReadOnlySpan<byte> logits = sequence.RawLogits;
        using SavedCode code = stream.Code;
        stream.Write(SafetensorsHeader.Write(
            SavedLayout.Tensors(
                cache.Layout, model.VocabularySize, sequence.Length, cache.Length, hasLogits: !logits.IsEmpty, hasCode: code.HasKey),
            Metadata(model)));
        stream.Write(MemoryMarshal.AsBytes(sequence.TokenSpan));
        byte[] rows = new byte[checked((int)(cache.Length * cache.Layout.RowBytes))];
        for (int layer = 0; layer < cache.Layout.Layers && cache.Length > 0; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int head = 0; head < 2 * cache.Layout.Heads; head++)
            {
                cache.ReadRows(layer, isValue: head >= cache.Layout.Heads, head % cache.Layout.Heads, 0, rows);
                stream.Write(rows);
            }
        }

        stream.Write(logits);
        if (code.HasKey)
        {
            stream.Write(code.Finish());
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Metadata(ModelManifest model) =>
    [
        new("format", SavedLayout.Format),
        new("version", SavedLayout.Version),
        new("base_name", model.Base.NameOrPath),
        .. SavedLayout.Identity(model).Select(identity => KeyValuePair.Create(identity.Key, identity.Value)),
    ];

    /// <summary>A file whose bytes go into its code as they are written.</summary>
    private sealed class CodedStream(FileStream file, ReadOnlyMemory<byte>? key)
    {
        public SavedCode Code { get; } = new(key);

        public void Write(ReadOnlySpan<byte> bytes)
        {
            Code.Append(bytes);
            WriteProbe.Write(file, bytes);
        }
    }
}
