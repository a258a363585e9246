using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>The float32 values of quantized rows, for the graphs that calibrate what comes behind them.</summary>
/// <param name="tensor">Name of the tensor whose rows they are.</param>
/// <param name="format">4-bit blocks.</param>
/// <param name="scaleType">Type of the scales.</param>
/// <param name="columns">Elements of a row.</param>
internal sealed class DequantizedRows(string tensor, MatrixFormat.Blocks format, ActivationType scaleType, int columns) : RowConverter
{
    private readonly QuantizedRowsConverter _stored = new(tensor, format, scaleType, columns);

    public override IReadOnlyList<int> OutputRowByteLengths { get; } = [checked(columns * sizeof(float))];

    public override void Convert(CheckpointTensor source, long firstRow, int rowCount, ChunkBuffers buffers, Span<byte> output)
    {
        Span<byte> stored = buffers.Intermediate(checked(rowCount * _stored.OutputRowByteLengths.Sum()));
        _stored.Convert(source, firstRow, rowCount, buffers, stored);
        Span<byte> codes = Take(ref stored, rowCount * _stored.OutputRowByteLengths[0]);
        Span<byte> scaleBytes = Take(ref stored, rowCount * _stored.OutputRowByteLengths[1]);
        int blocks = format.BlocksOf(columns);
        Span<float> scales = buffers.Floats(rowCount * blocks);
        ReadScales(scaleBytes, scales);
        Span<float> values = MemoryMarshal.Cast<byte, float>(output);
        for (int row = 0; row < rowCount; row++)
        {
            ReadOnlySpan<byte> rowCodes = codes.Slice(row * _stored.OutputRowByteLengths[0], _stored.OutputRowByteLengths[0]);
            ReadOnlySpan<byte> zeroPoints = format.HasZeroPoints
                ? stored.Slice(row * _stored.OutputRowByteLengths[2], _stored.OutputRowByteLengths[2])
                : [];
            for (int column = 0; column < columns; column++)
            {
                int block = column / format.BlockSize;
                int zeroPoint = format.HasZeroPoints ? Nibble(zeroPoints, block) : 1 << (format.Bits - 1);
                values[(row * columns) + column] = (Nibble(rowCodes, column) - zeroPoint) * scales[(row * blocks) + block];
            }
        }
    }

    private void ReadScales(ReadOnlySpan<byte> bytes, Span<float> scales)
    {
        switch (scaleType)
        {
            case ActivationType.Float16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), scales);
                break;
            case ActivationType.BFloat16:
                ReadOnlySpan<ushort> upper = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int i = 0; i < upper.Length; i++)
                {
                    scales[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
                }

                break;
            default:
                bytes.CopyTo(MemoryMarshal.AsBytes(scales));
                break;
        }
    }

    private static int Nibble(ReadOnlySpan<byte> packed, int index) => (packed[index / 2] >> (4 * (index % 2))) & 0xF;

    private static Span<byte> Take(ref Span<byte> rest, int length)
    {
        Span<byte> taken = rest[..length];
        rest = rest[length..];
        return taken;
    }
}
