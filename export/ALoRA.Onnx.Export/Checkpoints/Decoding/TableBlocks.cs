using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace ALoRA.Onnx.Export.Checkpoints.Decoding;

/// <summary>GGUF's blocks whose 4-bit elements choose from a table of 16 values: IQ4_NL, IQ4_XS, MXFP4, NVFP4.</summary>
internal static class TableBlocks
{
    public static void DecodeIQ4_NL(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !blocks.IsEmpty; blocks = blocks[18..], values = values[32..])
        {
            StorePair(QuantLanes.IQ4Values, blocks[2..], QuantLanes.Scale(blocks), values);
        }
    }

    public static void DecodeIQ4_XS(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !blocks.IsEmpty; blocks = blocks[136..], values = values[256..])
        {
            float scale = QuantLanes.Scale(blocks);
            int high = BinaryPrimitives.ReadUInt16LittleEndian(blocks[2..]);
            for (int group = 0; group < 8; group++)
            {
                int low4 = (blocks[4 + (group / 2)] >> (group % 2 * 4)) & 15;
                int high2 = (high >> (group * 2)) & 3;
                StorePair(
                    QuantLanes.IQ4Values, blocks[(8 + (group * 16))..], scale * ((low4 | (high2 << 4)) - 32), values[(group * 32)..]);
            }
        }
    }

    public static void DecodeMXFP4(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !blocks.IsEmpty; blocks = blocks[17..], values = values[32..])
        {
            // The scale is a power of two with bias 127; half of it, because the table has doubled values.
            StorePair(QuantLanes.Float4Values, blocks[1..], MathF.ScaleB(1, blocks[0] - 128), values);
        }
    }

    public static void DecodeNVFP4(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; !blocks.IsEmpty; blocks = blocks[36..], values = values[64..])
        {
            for (int group = 0; group < 4; group++)
            {
                Vector64<byte> bytes = Vector64.Create(blocks.Slice(4 + (group * 8), 8));
                Vector128<byte> nibbles = Vector128.Create(bytes & Vector64.Create((byte)15), bytes >>> 4);
                float scale = Float8Elements.HalfOfUnsignedE4M3(blocks[group]);
                QuantLanes.Store(Vector128.Shuffle(QuantLanes.Float4Values, nibbles.AsSByte()), scale, values[(group * 16)..]);
            }
        }
    }

    private static void StorePair(Vector128<sbyte> table, ReadOnlySpan<byte> quants, float scale, Span<float> values)
    {
        Vector128<byte> bytes = QuantLanes.Load(quants);
        QuantLanes.Store(Vector128.Shuffle(table, QuantLanes.Bits(bytes, 0, 15).AsSByte()), scale, values);
        QuantLanes.Store(Vector128.Shuffle(table, QuantLanes.Bits(bytes, 4, 15).AsSByte()), scale, values[16..]);
    }
}
