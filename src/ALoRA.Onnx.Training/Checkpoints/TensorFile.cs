using System.Runtime.InteropServices;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Training.Checkpoints;

/// <summary>Float32 tensors as a safetensors file.</summary>
internal static class TensorFile
{
    private const int Piece = 4 << 20;

    /// <summary>Writes a file, which appears whole or not at all.</summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public static void Write(string path, IReadOnlyList<(string Name, IReadOnlyList<int> Shape, float[] Values)> tensors)
    {
        using SafetensorsWriter writer = SafetensorsWriter.Create(
            path,
            [.. tensors.Select(tensor => new SafetensorsDeclaration(
                tensor.Name, TensorEncoding.F32, [.. tensor.Shape.Select(size => (long)size)]))],
            new Dictionary<string, string> { ["format"] = "pt" });
        foreach ((string _, IReadOnlyList<int> _, float[] values) in tensors)
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan());
            for (int at = 0; at < bytes.Length; at += Piece)
            {
                writer.Write(bytes.Slice(at, Math.Min(Piece, bytes.Length - at)));
            }
        }

        writer.Complete();
    }

    /// <summary>Reads a tensor of a file into memory that it fills.</summary>
    /// <exception cref="FormatException">The file has no such tensor, or of another size.</exception>
    public static void Read(SafetensorsFile file, string name, Span<float> target)
    {
        if (!file.Tensors.TryGetValue(name, out CheckpointTensor? tensor) || tensor.ElementCount != target.Length)
        {
            throw new CheckpointFormatException(
                $"{file.Path}: expected a tensor '{name}' of {target.Length:N0} elements, got "
                + $"{(tensor is null ? "none" : $"one of {tensor.ElementCount:N0}")}. Begin the training anew.");
        }

        tensor.ReadRowsAsFloat(0, (int)tensor.RowCount, target);
    }
}
