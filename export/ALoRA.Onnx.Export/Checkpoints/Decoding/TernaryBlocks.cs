using System.Runtime.Intrinsics;

namespace ALoRA.Onnx.Export.Checkpoints.Decoding;

/// <summary>GGUF's blocks of 256 elements that are -1, 0 or 1 times a scale: TQ1_0, TQ2_0.</summary>
internal static class TernaryBlocks
{
    private const int BlockLength = 256;

    public static void DecodeTQ1_0(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        const int ByteLength = 54;
        for (; !blocks.IsEmpty; blocks = blocks[ByteLength..], values = values[BlockLength..])
        {
            float scale = QuantLanes.Scale(blocks[52..]);
            Span<float> rest = values;
            DecodeDigits(blocks[..32], digits: 5, scale, ref rest);
            DecodeDigits(blocks[32..48], digits: 5, scale, ref rest);
            DecodeDigits(blocks[48..52], digits: 4, scale, ref rest);
        }
    }

    public static void DecodeTQ2_0(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        const int ByteLength = 66;
        for (; !blocks.IsEmpty; blocks = blocks[ByteLength..], values = values[BlockLength..])
        {
            float scale = QuantLanes.Scale(blocks[64..]);
            for (int group = 0; group < 16; group++)
            {
                Vector128<byte> bytes = QuantLanes.Load(blocks[((group / 8 * 32) + (group % 2 * 16))..]);
                Vector128<sbyte> quants = QuantLanes.Bits(bytes, group % 8 / 2 * 2, 3).AsSByte() - Vector128<sbyte>.One;
                QuantLanes.Store(quants, scale, values[(group * 16)..]);
            }
        }
    }

    // A byte is a fraction of 256 written in base 3: multiplying by 3 moves the next digit above the point.
    private static void DecodeDigits(ReadOnlySpan<byte> bytes, int digits, float scale, ref Span<float> values)
    {
        byte shift = 1;
        for (int digit = 0; digit < digits; digit++, shift *= 3)
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                int ternary = ((byte)(bytes[i] * shift) * 3) >> 8;
                values[i] = scale * (ternary - 1);
            }

            values = values[bytes.Length..];
        }
    }
}
