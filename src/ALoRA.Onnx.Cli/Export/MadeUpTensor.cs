using System.Buffers.Binary;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>A tensor of random weights, produced piece by piece.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Encoding">How it is stored: F32, F16 or BF16.</param>
internal sealed record MadeUpTensor(string Name, IReadOnlyList<long> Shape, TensorEncoding Encoding)
{
    private const int ElementsPerPiece = 1 << 20;

    public long ElementCount { get; } = Shape.Aggregate(1L, (product, size) => checked(product * size));

    public long ByteLength => ElementCount * Encoding.BlockByteLength();

    /// <summary>
    /// Writes the elements: matrices uniform with the deviation 1 / sqrt(columns), which keeps activations finite through any number of
    /// layers; norm weights 1; other vectors (biases) small. The same seed and name give the same bytes.
    /// </summary>
    public void WriteTo(SafetensorsWriter file, int seed, Action<long> bytesWritten, CancellationToken cancellationToken)
    {
        UniformNumbers numbers = new(seed, Name);
        bool isNorm = Shape.Count == 1 && Name.EndsWith("norm.weight", StringComparison.Ordinal);
        float amplitude = Shape.Count == 1 ? 0.01f : MathF.Sqrt(3f / Shape[^1]);
        float[] values = new float[(int)Math.Min(ElementsPerPiece, ElementCount)];
        byte[] bytes = new byte[values.Length * Encoding.BlockByteLength()];
        for (long done = 0; done < ElementCount; done += values.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<float> piece = values.AsSpan(0, (int)Math.Min(values.Length, ElementCount - done));
            if (isNorm)
            {
                piece.Fill(1f);
            }
            else
            {
                numbers.Fill(piece, amplitude);
            }

            Span<byte> encoded = bytes.AsSpan(0, piece.Length * Encoding.BlockByteLength());
            Encode(piece, encoded);
            file.Write(encoded);
            bytesWritten(encoded.Length);
        }
    }

    private void Encode(ReadOnlySpan<float> values, Span<byte> destination)
    {
        for (int i = 0; i < values.Length; i++)
        {
            switch (Encoding)
            {
                case TensorEncoding.F32:
                    BinaryPrimitives.WriteSingleLittleEndian(destination[(4 * i)..], values[i]);
                    break;
                case TensorEncoding.F16:
                    BinaryPrimitives.WriteHalfLittleEndian(destination[(2 * i)..], (Half)values[i]);
                    break;
                default:
                    // Cutting off is as good as rounding for numbers that are made up.
                    BinaryPrimitives.WriteUInt16LittleEndian(
                        destination[(2 * i)..], (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16));
                    break;
            }
        }
    }
}
