using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>Rounds the values of a block to codes.</summary>
internal static class BlockCodes
{
    /// <summary>
    /// <c>code = clamp(round(value / scale) + zero point, 0, highest)</c>, halves away from zero point. The length is a multiple of 16.
    /// </summary>
    public static void Round(ReadOnlySpan<float> values, float scale, int zeroPoint, int highest, Span<byte> codes)
    {
        // A scale so small that its reciprocal overflows belongs to a block of zeros.
        float reciprocal = 1 / scale;
        if (!float.IsFinite(reciprocal))
        {
            codes.Fill((byte)zeroPoint);
            return;
        }

        // Adding the half first makes the truncation of the conversion a rounding, as all sums are positive up to the clamp.
        float offset = zeroPoint + 0.5f;
        int done = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            ref float source = ref MemoryMarshal.GetReference(values);
            ref byte target = ref MemoryMarshal.GetReference(codes);
            for (; done + 16 <= values.Length; done += 16)
            {
                Vector256<int> low = Codes(Vector256.LoadUnsafe(ref source, (nuint)done), reciprocal, offset, highest);
                Vector256<int> high = Codes(Vector256.LoadUnsafe(ref source, (nuint)(done + 8)), reciprocal, offset, highest);
                Vector256<short> words = Vector256.Narrow(low, high);
                Vector128.Narrow(words.GetLower().AsUInt16(), words.GetUpper().AsUInt16()).StoreUnsafe(ref target, (nuint)done);
            }
        }

        for (; done < values.Length; done++)
        {
            codes[done] = (byte)Math.Clamp((int)((values[done] * reciprocal) + offset), 0, highest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Codes(Vector256<float> values, float reciprocal, float offset, int highest)
    {
        Vector256<int> codes = Vector256.ConvertToInt32((values * reciprocal) + Vector256.Create(offset));
        return Vector256.Min(Vector256.Max(codes, Vector256<int>.Zero), Vector256.Create(highest));
    }
}
