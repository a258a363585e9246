using System.Runtime.Intrinsics;

namespace ALoRA.Onnx.Export.Checkpoints.Decoding;

/// <summary>GGUF's K blocks of 256 elements whose groups have scales of their own: Q2_K to Q6_K.</summary>
internal static class KBlocks
{
    private const int BlockLength = 256;
    private const int PackedScaleByteLength = 12;

    public static void DecodeQ2_K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        const int ByteLength = 84;
        for (; !blocks.IsEmpty; blocks = blocks[ByteLength..], values = values[BlockLength..])
        {
            ReadOnlySpan<byte> quants = blocks[16..];
            float scale = QuantLanes.Scale(blocks[80..]);
            float minimum = QuantLanes.Scale(blocks[82..]);
            for (int group = 0; group < 16; group++)
            {
                (int source, int shift) = TwoBitGroup(group);
                Vector128<byte> bits = QuantLanes.Bits(QuantLanes.Load(quants[source..]), shift, 3);
                QuantLanes.Store(bits.AsSByte(), scale * (blocks[group] & 15), -(minimum * (blocks[group] >> 4)), values[(group * 16)..]);
            }
        }
    }

    public static void DecodeQ3_K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        const int ByteLength = 110;
        for (; !blocks.IsEmpty; blocks = blocks[ByteLength..], values = values[BlockLength..])
        {
            ReadOnlySpan<byte> quants = blocks[32..];
            ReadOnlySpan<byte> scales = blocks[96..];
            float scale = QuantLanes.Scale(blocks[108..]);
            for (int group = 0; group < 16; group++)
            {
                (int source, int shift) = TwoBitGroup(group);
                Vector128<byte> low = QuantLanes.Bits(QuantLanes.Load(quants[source..]), shift, 3);

                // The third bit is stored inverted: where it is not set, 4 is subtracted.
                Vector128<byte> high = QuantLanes.Bits(QuantLanes.Load(blocks[(group % 2 * 16)..]), group / 2, 1) << 2;
                Vector128<sbyte> quant = (low | high).AsSByte() - Vector128.Create((sbyte)4);
                int low4 = (scales[group % 8] >> (group / 8 * 4)) & 15;
                int high2 = (scales[8 + (group % 4)] >> (group / 4 * 2)) & 3;
                QuantLanes.Store(quant, scale * ((low4 | (high2 << 4)) - 32), values[(group * 16)..]);
            }
        }
    }

    public static void DecodeQ4_K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        const int ByteLength = 144;
        for (; !blocks.IsEmpty; blocks = blocks[ByteLength..], values = values[BlockLength..])
        {
            ReadOnlySpan<byte> quants = blocks[(4 + PackedScaleByteLength)..];
            for (int group = 0; group < 8; group++)
            {
                (float scale, float minimum) = ScaleAndMinimum(blocks, group);
                for (int half = 0; half < 32; half += 16)
                {
                    Vector128<byte> bytes = QuantLanes.Load(quants[((group / 2 * 32) + half)..]);
                    QuantLanes.Store(
                        QuantLanes.Bits(bytes, group % 2 * 4, 15).AsSByte(), scale, -minimum, values[((group * 32) + half)..]);
                }
            }
        }
    }

    public static void DecodeQ5_K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        const int ByteLength = 176;
        for (; !blocks.IsEmpty; blocks = blocks[ByteLength..], values = values[BlockLength..])
        {
            ReadOnlySpan<byte> fifth = blocks[(4 + PackedScaleByteLength)..];
            ReadOnlySpan<byte> quants = fifth[32..];
            for (int group = 0; group < 8; group++)
            {
                (float scale, float minimum) = ScaleAndMinimum(blocks, group);
                for (int half = 0; half < 32; half += 16)
                {
                    Vector128<byte> low = QuantLanes.Bits(QuantLanes.Load(quants[((group / 2 * 32) + half)..]), group % 2 * 4, 15);
                    Vector128<byte> high = QuantLanes.Bits(QuantLanes.Load(fifth[half..]), group, 1) << 4;
                    QuantLanes.Store((low | high).AsSByte(), scale, -minimum, values[((group * 32) + half)..]);
                }
            }
        }
    }

    public static void DecodeQ6_K(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        const int ByteLength = 210;
        Vector128<sbyte> zero = Vector128.Create((sbyte)32);
        for (; !blocks.IsEmpty; blocks = blocks[ByteLength..], values = values[BlockLength..])
        {
            ReadOnlySpan<byte> high = blocks[128..];
            ReadOnlySpan<byte> scales = blocks[192..];
            float scale = QuantLanes.Scale(blocks[208..]);
            for (int group = 0; group < 16; group++)
            {
                int half = group / 8;
                int lane = group % 8;
                Vector128<byte> low4 = QuantLanes.Bits(QuantLanes.Load(blocks[((half * 64) + (lane % 4 * 16))..]), lane / 4 * 4, 15);
                Vector128<byte> high2 = QuantLanes.Bits(QuantLanes.Load(high[((half * 32) + (lane % 2 * 16))..]), lane / 2 * 2, 3) << 4;
                QuantLanes.Store((low4 | high2).AsSByte() - zero, scale * (sbyte)scales[group], values[(group * 16)..]);
            }
        }
    }

    // Sixteen elements of two bits: each run of 32 bytes holds four rounds of 32 elements, one after the other in bit order.
    private static (int Source, int Shift) TwoBitGroup(int group) => ((group / 8 * 32) + (group % 2 * 16), group % 8 / 2 * 2);

    // Twelve bytes hold eight scales and eight minima of six bits: the first four of each lie in the low six bits of bytes 0-3 and 4-7,
    // the last four have four bits in bytes 8-11 and their upper two above those of the first.
    private static (float Scale, float Minimum) ScaleAndMinimum(ReadOnlySpan<byte> block, int group)
    {
        ReadOnlySpan<byte> packed = block.Slice(4, PackedScaleByteLength);
        int index = group % 4;
        int scale = group < 4 ? packed[index] & 63 : (packed[8 + index] & 15) | ((packed[index] >> 2) & 48);
        int minimum = group < 4 ? packed[4 + index] & 63 : (packed[8 + index] >> 4) | ((packed[4 + index] >> 2) & 48);
        return (QuantLanes.Scale(block) * scale, QuantLanes.Scale(block[2..]) * minimum);
    }
}
