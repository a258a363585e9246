using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Export.Checkpoints.Safetensors;

/// <summary>Writes the header of a safetensors file from declarations that are checked first.</summary>
internal static class SafetensorsHeaderWriter
{
    public static byte[] Write(
        IReadOnlyList<SafetensorsDeclaration> tensors, IReadOnlyDictionary<string, string>? metadata, out long dataByteLength)
    {
        List<SafetensorsEntry> entries;
        try
        {
            entries = Lay(tensors);
        }
        catch (OverflowException exception)
        {
            throw new ArgumentException(
                "The declared tensors together have more bytes than a file can have.",
                nameof(tensors), exception);
        }

        dataByteLength = entries.Count == 0 ? 0 : entries[^1].End;
        byte[] header = SafetensorsHeader.Write(entries, metadata);
        return header.Length - sizeof(ulong) <= SafetensorsHeader.MaxByteLength
            ? header
            : throw new ArgumentException(
                $"The header of {tensors.Count} tensors has {header.Length - sizeof(ulong)} bytes; the format allows " +
                $"{SafetensorsHeader.MaxByteLength}.",
                nameof(tensors));
    }

    private static List<SafetensorsEntry> Lay(IReadOnlyList<SafetensorsDeclaration> tensors)
    {
        HashSet<string> names = new(StringComparer.Ordinal) { SafetensorsHeader.MetadataKey };
        List<SafetensorsEntry> entries = new(tensors.Count);
        long offset = 0;
        foreach (SafetensorsDeclaration tensor in tensors)
        {
            if (!names.Add(tensor.Name))
            {
                throw new ArgumentException($"The name '{tensor.Name}' occurs twice or is reserved.", nameof(tensors));
            }

            long end = checked(offset + ByteLength(tensor));
            entries.Add(new SafetensorsEntry(tensor.Name, tensor.Encoding.FormatName(), [.. tensor.Shape], offset, end));
            offset = end;
        }

        return entries;
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
