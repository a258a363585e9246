using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>Packs codes as MatMulNBits and GatherBlockQuantized read them: element i in byte i / (8 / bits), lower bits first.</summary>
internal static class CodePacking
{
    /// <summary>
    /// Packs one code a byte into <paramref name="bits"/> bits each; a last byte that is not full is filled with zero bits.
    /// </summary>
    public static void Pack(ReadOnlySpan<byte> codes, int bits, Span<byte> packed)
    {
        switch (bits)
        {
            case 8:
                codes.CopyTo(packed);
                break;
            case 4:
                PackNibbles(codes, packed);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(bits), bits, "Codes have 4 or 8 bits.");
        }
    }

    private static void PackNibbles(ReadOnlySpan<byte> codes, Span<byte> packed)
    {
        int done = 0;
        if (Vector256.IsHardwareAccelerated && BitConverter.IsLittleEndian)
        {
            ref byte source = ref MemoryMarshal.GetReference(codes);
            ref byte target = ref MemoryMarshal.GetReference(packed);
            Vector256<ushort> lowByte = Vector256.Create((ushort)0x00FF);
            for (; done + 32 <= codes.Length; done += 32)
            {
                // A pair of codes is a word 0x0h0l; shifting it by a nibble and merging gives 0xhl in the lower byte.
                Vector256<ushort> pairs = Vector256.LoadUnsafe(ref source, (nuint)done).AsUInt16();
                pairs = (pairs | (pairs >>> 4)) & lowByte;
                Vector128.Narrow(pairs.GetLower(), pairs.GetUpper()).StoreUnsafe(ref target, (nuint)(done / 2));
            }
        }

        for (; done < codes.Length; done += 2)
        {
            int high = done + 1 < codes.Length ? codes[done + 1] : 0;
            packed[done / 2] = (byte)(codes[done] | (high << 4));
        }
    }
}
