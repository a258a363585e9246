using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace ALoRA.Onnx.Export.Checkpoints.Decoding;

/// <summary>GGUF's blocks of 256 elements that are rows of a grid with signs: the IQ2 and IQ3 types.</summary>
internal static class GridBlocks
{
    private const int BlockLength = 256;

    private static readonly ulong[] Grid2Xxs = GridRows.OfEight(Grids2.RowsXxs, Grids2.Weights);
    private static readonly ulong[] Grid2Xs = GridRows.OfEight(Grids2.RowsXs, Grids2.Weights);
    private static readonly ulong[] Grid2S = GridRows.OfEight(Grids2.RowsS, Grids2.Weights);
    private static readonly uint[] Grid3Xxs = GridRows.OfFour(Grids3.RowsXxs, Grids3.WeightsXxs);
    private static readonly uint[] Grid3S = GridRows.OfFour(Grids3.RowsS, Grids3.WeightsS);

    // 32 elements take four rows, then seven bits of signs for each row and the scale in the upper four bits of a 32-bit number.
    public static void DecodeIQ2_XXS(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        const int ByteLength = 66;
        for (; !blocks.IsEmpty; blocks = blocks[ByteLength..], values = values[BlockLength..])
        {
            float scale = QuantLanes.Scale(blocks);
            for (int group = 0; group < 16; group++)
            {
                ReadOnlySpan<byte> quants = blocks[(2 + (group / 2 * 8))..];
                uint packed = BinaryPrimitives.ReadUInt32LittleEndian(quants[4..]);
                int row = group % 2 * 2;
                Vector128<sbyte> elements = Pair(Grid2Xxs[quants[row]], Grid2Xxs[quants[row + 1]]);
                QuantLanes.Store(
                    WithSigns(elements, EvenSigns(packed, group)), scale * (0.5f + (packed >> 28)) * 0.25f, values[(group * 16)..]);
            }
        }
    }

    // A row is nine bits, its signs the seven above them.
    public static void DecodeIQ2_XS(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        const int ByteLength = 74;
        for (; !blocks.IsEmpty; blocks = blocks[ByteLength..], values = values[BlockLength..])
        {
            float scale = QuantLanes.Scale(blocks);
            ReadOnlySpan<byte> scales = blocks[66..];
            for (int group = 0; group < 16; group++)
            {
                uint first = BinaryPrimitives.ReadUInt16LittleEndian(blocks[(2 + (group * 4))..]);
                uint second = BinaryPrimitives.ReadUInt16LittleEndian(blocks[(4 + (group * 4))..]);
                Vector128<sbyte> elements = Pair(Grid2Xs[first & 511], Grid2Xs[second & 511]);
                uint signs = EvenSigns(first >> 9) | (EvenSigns(second >> 9) << 8);
                QuantLanes.Store(
                    WithSigns(elements, signs), scale * (0.5f + Nibble(scales, group)) * 0.25f, values[(group * 16)..]);
            }
        }
    }

    // Eight bits of each row, then eight signs for each row, then the rows' upper two bits.
    public static void DecodeIQ2_S(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        const int ByteLength = 82;
        for (; !blocks.IsEmpty; blocks = blocks[ByteLength..], values = values[BlockLength..])
        {
            float scale = QuantLanes.Scale(blocks);
            ReadOnlySpan<byte> signs = blocks[34..];
            ReadOnlySpan<byte> high = blocks[66..];
            ReadOnlySpan<byte> scales = blocks[74..];
            for (int group = 0; group < 16; group++)
            {
                int upper = high[group / 2] >> (group % 2 * 4);
                int first = blocks[2 + (group * 2)] | ((upper & 3) << 8);
                int second = blocks[3 + (group * 2)] | ((upper >> 2 & 3) << 8);
                Vector128<sbyte> elements = Pair(Grid2S[first], Grid2S[second]);
                QuantLanes.Store(
                    WithSigns(elements, BinaryPrimitives.ReadUInt16LittleEndian(signs[(group * 2)..])),
                    scale * (0.5f + Nibble(scales, group)) * 0.25f, values[(group * 16)..]);
            }
        }
    }

    // Rows of four; signs and scales of 32 elements as in IQ2_XXS, but behind all the rows.
    public static void DecodeIQ3_XXS(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        const int ByteLength = 98;
        for (; !blocks.IsEmpty; blocks = blocks[ByteLength..], values = values[BlockLength..])
        {
            float scale = QuantLanes.Scale(blocks);
            for (int group = 0; group < 16; group++)
            {
                ReadOnlySpan<byte> rows = blocks[(2 + (group * 4))..];
                uint packed = BinaryPrimitives.ReadUInt32LittleEndian(blocks[(66 + (group / 2 * 4))..]);
                Vector128<sbyte> elements =
                    Vector128.Create(Grid3Xxs[rows[0]], Grid3Xxs[rows[1]], Grid3Xxs[rows[2]], Grid3Xxs[rows[3]]).AsSByte();
                QuantLanes.Store(
                    WithSigns(elements, EvenSigns(packed, group)), scale * (0.5f + (packed >> 28)) * 0.5f, values[(group * 16)..]);
            }
        }
    }

    // Eight bits of each row, the ninth ones, eight signs for two rows, and scales for 32 elements each.
    public static void DecodeIQ3_S(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        const int ByteLength = 110;
        for (; !blocks.IsEmpty; blocks = blocks[ByteLength..], values = values[BlockLength..])
        {
            float scale = QuantLanes.Scale(blocks);
            ReadOnlySpan<byte> high = blocks[66..];
            ReadOnlySpan<byte> signs = blocks[74..];
            ReadOnlySpan<byte> scales = blocks[106..];
            for (int group = 0; group < 16; group++)
            {
                ReadOnlySpan<byte> rows = blocks[(2 + (group * 4))..];
                int ninth = high[group / 2] >> (group % 2 * 4) << 8;
                Vector128<sbyte> elements = Vector128.Create(
                    Grid3S[rows[0] | (ninth & 256)], Grid3S[rows[1] | (ninth >> 1 & 256)], Grid3S[rows[2] | (ninth >> 2 & 256)],
                    Grid3S[rows[3] | (ninth >> 3 & 256)]).AsSByte();
                QuantLanes.Store(
                    WithSigns(elements, BinaryPrimitives.ReadUInt16LittleEndian(signs[(group * 2)..])),
                    scale * (1 + (2 * Nibble(scales, group / 2))), values[(group * 16)..]);
            }
        }
    }

    private static int Nibble(ReadOnlySpan<byte> bytes, int index) => (bytes[index / 2] >> (index % 2 * 4)) & 15;

    private static Vector128<sbyte> Pair(ulong first, ulong second) => Vector128.Create(first, second).AsSByte();

    // Signs of the two rows of a group of 16 within 28 bits for 32 elements.
    private static uint EvenSigns(uint packed, int group)
    {
        uint signs = packed >> (group % 2 * 14);
        return EvenSigns(signs & 127) | (EvenSigns(signs >> 7 & 127) << 8);
    }

    // An even number of elements of a row is negative, so that the eighth sign follows from seven.
    private static uint EvenSigns(uint seven) => seven | ((uint)(BitOperations.PopCount(seven) & 1) << 7);

    // Bit i makes lane i negative.
    private static Vector128<sbyte> WithSigns(Vector128<sbyte> elements, uint signs)
    {
        Vector128<byte> spread = Vector128.Create(Vector64.Create((byte)signs), Vector64.Create((byte)(signs >> 8)));
        Vector128<byte> lane = Vector128.Create((byte)1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128);
        Vector128<sbyte> negative = Vector128.Equals(spread & lane, lane).AsSByte();
        return (elements ^ negative) - negative;
    }
}
