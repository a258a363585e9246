using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>One safetensors file of made-up tensors.</summary>
internal sealed record SafetensorsShard(string FileName, IReadOnlyList<MadeUpTensor> Tensors)
{
    /// <summary>Divides tensors, in their order, into files of about the same size, none of them empty.</summary>
    /// <exception cref="ArgumentException">There are more files than tensors.</exception>
    public static IReadOnlyList<SafetensorsShard> Divide(IReadOnlyList<MadeUpTensor> tensors, int shardCount)
    {
        if (shardCount == 1)
        {
            return [new SafetensorsShard("model.safetensors", tensors)];
        }

        if (shardCount > tensors.Count)
        {
            throw new ArgumentException($"{tensors.Count} tensors cannot be divided into {shardCount} files. Ask for fewer.", nameof(shardCount));
        }

        List<SafetensorsShard> shards = [];
        long remaining = tensors.Sum(tensor => tensor.ByteLength);
        int next = 0;
        for (int shard = 1; shard <= shardCount; shard++)
        {
            int shardsLeft = shardCount - shard;
            long target = remaining / (shardsLeft + 1);
            long size = 0;
            int first = next;
            while (next < tensors.Count - shardsLeft && (next == first || size + (tensors[next].ByteLength / 2) < target || shardsLeft == 0))
            {
                size += tensors[next++].ByteLength;
            }

            remaining -= size;
            shards.Add(new SafetensorsShard($"model-{shard:00000}-of-{shardCount:00000}.safetensors", [.. tensors.Skip(first).Take(next - first)]));
        }

        return shards;
    }

    /// <summary>Writes the file into <paramref name="folder"/>.</summary>
    public void Write(string folder, int seed, Action<long> bytesWritten, CancellationToken cancellationToken)
    {
        using FileStream stream = new(Path.Combine(folder, FileName), FileMode.CreateNew, FileAccess.Write, FileShare.None);
        byte[] header = CreateHeader();
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (MadeUpTensor tensor in Tensors)
        {
            tensor.WriteTo(stream, seed, bytesWritten, cancellationToken);
        }
    }

    private byte[] CreateHeader()
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            long offset = 0;
            foreach (MadeUpTensor tensor in Tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Encoding.FormatName());
                json.WriteStartArray("shape");
                foreach (long size in tensor.Shape)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.ByteLength);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // The format pads with spaces so that the data begin at a multiple of 8.
        byte[] header = new byte[(buffer.WrittenCount + 7) / 8 * 8];
        header.AsSpan().Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(header);
        return header;
    }
}
