using System.Buffers.Binary;
using System.Text.Json;

namespace ALoRA.Onnx.Export.Checkpoints.Safetensors;

/// <summary>Writes the header of a safetensors file.</summary>
internal static class SafetensorsHeaderWriter
{
    // The reference library pads the header so that the data starts at a multiple of 8.
    private const int Alignment = 8;

    public static byte[] Write(
        IReadOnlyList<SafetensorsDeclaration> tensors, IReadOnlyDictionary<string, string>? metadata, out long dataByteLength)
    {
        using MemoryStream stream = new();
        stream.Write(stackalloc byte[sizeof(ulong)]);
        using (Utf8JsonWriter writer = new(stream))
        {
            try
            {
                dataByteLength = WriteJson(writer, tensors, metadata);
            }
            catch (OverflowException exception)
            {
                throw new ArgumentException(
                    "The declared tensors together have more bytes than a file can have.",
                    nameof(tensors), exception);
            }
        }

        while (stream.Length % Alignment != 0)
        {
            stream.WriteByte((byte)' ');
        }

        byte[] header = stream.ToArray();
        if (header.Length - sizeof(ulong) > SafetensorsHeader.MaxByteLength)
        {
            throw new ArgumentException(
                $"The header of {tensors.Count} tensors has {header.Length - sizeof(ulong)} bytes; the format allows " +
                $"{SafetensorsHeader.MaxByteLength}.",
                nameof(tensors));
        }

        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)(header.Length - sizeof(ulong)));
        return header;
    }

    private static long WriteJson(
        Utf8JsonWriter writer, IReadOnlyList<SafetensorsDeclaration> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        HashSet<string> names = new(StringComparer.Ordinal) { SafetensorsHeaderParser.MetadataKey };
        long offset = 0;
        writer.WriteStartObject();
        if (metadata is not null)
        {
            writer.WriteStartObject(SafetensorsHeaderParser.MetadataKey);
            foreach ((string key, string value) in metadata)
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
        }

        foreach (SafetensorsDeclaration tensor in tensors)
        {
            if (!names.Add(tensor.Name))
            {
                throw new ArgumentException($"The name '{tensor.Name}' occurs twice or is reserved.", nameof(tensors));
            }

            long end = checked(offset + ByteLength(tensor));
            WriteEntry(writer, tensor, offset, end);
            offset = end;
        }

        writer.WriteEndObject();
        return offset;
    }

    private static void WriteEntry(Utf8JsonWriter writer, SafetensorsDeclaration tensor, long begin, long end)
    {
        writer.WriteStartObject(tensor.Name);
        writer.WriteString("dtype", tensor.Encoding.FormatName());
        writer.WriteStartArray("shape");
        foreach (long size in tensor.Shape)
        {
            writer.WriteNumberValue(size);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(begin);
        writer.WriteNumberValue(end);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static long ByteLength(SafetensorsDeclaration tensor)
    {
        if (!SafetensorsEncodings.All.Contains(tensor.Encoding))
        {
            throw new ArgumentException($"Tensor '{tensor.Name}': the format has no type {tensor.Encoding.FormatName()}.");
        }

        long elements = 1;
        foreach (long size in tensor.Shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, tensor.Name);
            elements = checked(elements * size);
        }

        return elements % tensor.Encoding.BlockLength() == 0
            ? checked(elements / tensor.Encoding.BlockLength() * tensor.Encoding.BlockByteLength())
            : throw new ArgumentException($"Tensor '{tensor.Name}': {elements} elements of {tensor.Encoding.FormatName()} are not " +
                "whole bytes.");
    }
}
