using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;

namespace ALoRA.Onnx.Saving;

/// <summary>Writes a conversation of the base as a safetensors file: ids, keys and values, the last logits, and whose they are.</summary>
internal static class SavedConversationWriter
{
    private const int Alignment = 8;

    /// <summary>Writes beside the target and renames at the end, so that a failure leaves what was there.</summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static void Write(string path, Sequence sequence, ModelManifest model, CancellationToken cancellationToken)
    {
        string partial = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            using (FileStream stream = new(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1))
            {
                Write(stream, sequence, model, cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static void Write(FileStream stream, Sequence sequence, ModelManifest model, CancellationToken cancellationToken)
    {
        KvCache cache = sequence.Cache;
        ReadOnlySpan<byte> logits = sequence.RawLogits;
        byte[] header = Header(model, SavedLayout.Tensors(cache.Layout, model.VocabularySize, sequence.Length, cache.Length, !logits.IsEmpty));
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
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
    }

    private static byte[] Header(ModelManifest model, IReadOnlyList<SavedTensor> tensors)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", SavedLayout.Format);
            json.WriteString("version", SavedLayout.Version);
            json.WriteString("base_name", model.Base.NameOrPath);
            foreach ((string key, _, string value) in SavedLayout.Identity(model))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            foreach (SavedTensor tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type);
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [tensor.Begin, tensor.End]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        byte[] header = new byte[(buffer.WrittenCount + Alignment - 1) / Alignment * Alignment];
        header.AsSpan().Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(header);
        return header;
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
