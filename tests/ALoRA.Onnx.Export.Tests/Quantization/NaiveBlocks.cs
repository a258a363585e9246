using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Tests.Quantization;

/// <summary>Reads MatMulNBits' layout element by element, as the operator's documentation has it.</summary>
internal static class NaiveBlocks
{
    /// <summary>
    /// The values of rows of codes, float32 scales and, where the format has them, zero points and minimums, each without gaps.
    /// </summary>
    public static float[] Dequantize(MatrixFormat.Blocks format, int columns, int rows, ReadOnlySpan<byte> stored)
    {
        int blocks = format.BlocksOf(columns);
        ReadOnlySpan<byte> codes = stored[..(rows * blocks * format.BlockSize * format.Bits / 8)];
        stored = stored[codes.Length..];
        ReadOnlySpan<float> scales = MemoryMarshal.Cast<byte, float>(stored[..(rows * blocks * sizeof(float))]);
        ReadOnlySpan<byte> rest = stored[(rows * blocks * sizeof(float))..];
        int zeroPointRow = format.ZeroPointByteLength(columns);
        float[] values = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int block = column / format.BlockSize;
                int code = CodeAt(codes[(row * blocks * format.BlockByteLength)..], column, format.Bits);
                int zeroPoint = format.HasZeroPoints ? CodeAt(rest[(row * zeroPointRow)..], block, format.Bits) : 1 << (format.Bits - 1);
                float minimum = format.HasMinimums ? MemoryMarshal.Cast<byte, float>(rest)[(row * blocks) + block] : 0;
                values[(row * columns) + column] = ((code - zeroPoint) * scales[(row * blocks) + block]) + minimum;
            }
        }

        return values;
    }

    public static int CodeAt(ReadOnlySpan<byte> packed, int index, int bits) =>
        bits == 8 ? packed[index] : (packed[index / 2] >> (4 * (index % 2))) & 0xF;
}
