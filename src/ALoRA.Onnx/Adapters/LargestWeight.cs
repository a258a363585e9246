using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Adapters;

/// <summary>
/// The largest magnitude among weights, in one pass over their bits: without the sign they are in the order of the numbers.
/// </summary>
internal static class LargestWeight
{
    /// <summary>The largest magnitude; infinite if there is an infinity, no number if there is a NaN, 0 if there are no weights.</summary>
    /// <param name="weights">The weights, aligned to their size.</param>
    /// <param name="type">Their element type: float32, float16 or bfloat16.</param>
    public static float Of(ReadOnlySpan<byte> weights, TensorElementType type) => type switch
    {
        TensorElementType.Float => BitConverter.UInt32BitsToSingle(LargestBits(MemoryMarshal.Cast<byte, uint>(weights), 0x7FFF_FFFFu)),
        TensorElementType.Float16 =>
            (float)BitConverter.UInt16BitsToHalf(LargestBits(MemoryMarshal.Cast<byte, ushort>(weights), (ushort)0x7FFF)),
        TensorElementType.BFloat16 =>
            BitConverter.UInt32BitsToSingle((uint)LargestBits(MemoryMarshal.Cast<byte, ushort>(weights), (ushort)0x7FFF) << 16),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Expected float32, float16 or bfloat16."),
    };

    /// <summary>Index of the first weight that is no finite number; -1 if there is none.</summary>
    /// <inheritdoc cref="Of"/>
    public static int IndexOfNonFinite(ReadOnlySpan<byte> weights, TensorElementType type)
    {
        int size = type == TensorElementType.Float ? sizeof(float) : sizeof(ushort);
        for (int i = 0; i < weights.Length / size; i++)
        {
            if (!float.IsFinite(Of(weights.Slice(i * size, size), type)))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Whether bfloat16 holds all of some float32 weights exactly.</summary>
    public static bool FitsBFloat16(ReadOnlySpan<byte> weights)
    {
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<byte, uint>(weights);
        Vector<uint> lost = Vector<uint>.Zero;
        int i = 0;
        for (; i <= bits.Length - Vector<uint>.Count; i += Vector<uint>.Count)
        {
            lost |= new Vector<uint>(bits[i..]);
        }

        bool fits = (lost & new Vector<uint>(0xFFFFu)) == Vector<uint>.Zero;
        for (; i < bits.Length; i++)
        {
            fits &= (bits[i] & 0xFFFF) == 0;
        }

        return fits;
    }

    private static T LargestBits<T>(ReadOnlySpan<T> bits, T magnitude)
        where T : unmanaged, IBinaryInteger<T>
    {
        T largest = T.Zero;
        int i = 0;
        if (bits.Length >= 2 * Vector<T>.Count)
        {
            // Two of them, so that one maximum does not wait for the other.
            Vector<T> mask = new(magnitude);
            (Vector<T> even, Vector<T> odd) = (Vector<T>.Zero, Vector<T>.Zero);
            for (; i <= bits.Length - (2 * Vector<T>.Count); i += 2 * Vector<T>.Count)
            {
                even = Vector.Max(even, new Vector<T>(bits[i..]) & mask);
                odd = Vector.Max(odd, new Vector<T>(bits[(i + Vector<T>.Count)..]) & mask);
            }

            even = Vector.Max(even, odd);
            for (int lane = 0; lane < Vector<T>.Count; lane++)
            {
                largest = T.Max(largest, even[lane]);
            }
        }

        for (; i < bits.Length; i++)
        {
            largest = T.Max(largest, bits[i] & magnitude);
        }

        return largest;
    }
}
