using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace ALoRA.Onnx.Export.Checkpoints.Decoding;

/// <summary>GGUF's blocks of 256 elements that are rows of a grid of -1, 0 and 1 moved by an eighth: IQ1_S, IQ1_M.</summary>
/// <remarks>
/// Elements are counted in eighths, in which both grid and shift are whole; the scale is divided by eight, which is exact.
/// </remarks>
internal static class ShiftedGridBlocks
{
    private const int BlockLength = 256;
    private const float Eighth = 0.125f;

    private static readonly ulong[] Grid = GridRows.OfEight(Grids1.Rows, Grids1.Weights, factor: 8);

    // For 32 elements, 16 bits hold the upper three bits of four rows, three bits of scale and the direction of the shift.
    public static void DecodeIQ1_S(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        const int ByteLength = 50;
        for (; !blocks.IsEmpty; blocks = blocks[ByteLength..], values = values[BlockLength..])
        {
            float scale = QuantLanes.Scale(blocks);
            for (int group = 0; group < 16; group++)
            {
                int packed = BinaryPrimitives.ReadUInt16LittleEndian(blocks[(34 + (group / 2 * 2))..]);
                int high = packed >> (group % 2 * 6);
                int first = blocks[2 + (group * 2)] | ((high & 7) << 8);
                int second = blocks[3 + (group * 2)] | ((high >> 3 & 7) << 8);
                bool negative = (packed & 0x8000) != 0;
                float groupScale = scale * ((2 * (packed >> 12 & 7)) + 1);
                QuantLanes.Store(Shifted(first, negative, second, negative), groupScale * Eighth, values[(group * 16)..]);
            }
        }
    }

    // Each row has its own shift. The block's scale is in the upper four bits of the four 16-bit numbers that hold the groups' scales.
    public static void DecodeIQ1_M(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        const int ByteLength = 56;
        for (; !blocks.IsEmpty; blocks = blocks[ByteLength..], values = values[BlockLength..])
        {
            ulong scales = BinaryPrimitives.ReadUInt64LittleEndian(blocks[48..]);
            float scale = (float)BitConverter.UInt16BitsToHalf((ushort)(
                (scales >> 12 & 0xF) | (scales >> 24 & 0xF0) | (scales >> 36 & 0xF00) | (scales >> 48 & 0xF000)));
            for (int group = 0; group < 16; group++)
            {
                int high = blocks[32 + group];
                int first = blocks[group * 2] | ((high & 7) << 8);
                int second = blocks[(group * 2) + 1] | ((high >> 4 & 7) << 8);
                int groupScale = (int)(scales >> ((group / 4 * 16) + (group % 4 * 3))) & 7;
                QuantLanes.Store(
                    Shifted(first, (high & 0x08) != 0, second, (high & 0x80) != 0), scale * ((2 * groupScale) + 1) * Eighth,
                    values[(group * 16)..]);
            }
        }
    }

    private static Vector128<sbyte> Shifted(int first, bool firstNegative, int second, bool secondNegative)
    {
        Vector128<sbyte> rows = Vector128.Create(Grid[first], Grid[second]).AsSByte();
        return rows + Vector128.Create(
            Vector64.Create((sbyte)(firstNegative ? -1 : 1)), Vector64.Create((sbyte)(secondNegative ? -1 : 1)));
    }
}
