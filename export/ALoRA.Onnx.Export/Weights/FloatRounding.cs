using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.Weights;

/// <summary>Rounds binary32 values to an activation type: to nearest, ties to even.</summary>
internal static class FloatRounding
{
    /// <summary>Writes the rounded values as little-endian bytes.</summary>
    /// <exception cref="CheckpointFormatException">A value is not finite, or has no finite counterpart in the type.</exception>
    public static void Round(ReadOnlySpan<float> values, ActivationType type, Span<byte> destination, string name)
    {
        float largest = LargestMagnitude(values);
        float limit = Limit(type);

        // Written so that a NaN fails, too.
        if (!(largest <= limit))
        {
            throw new CheckpointFormatException(
                $"Tensor '{name}': expected finite values up to {limit:G6} for {type.ToName()}, got {largest:G6}. " +
                (float.IsFinite(largest) ? "Export to bfloat16 or float32 instead." : "The checkpoint is damaged; download it again."));
        }

        switch (type)
        {
            case ActivationType.Float32:
                MemoryMarshal.AsBytes(values).CopyTo(destination);
                break;
            case ActivationType.Float16:
                TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(destination));
                break;
            case ActivationType.BFloat16:
                ToBFloat16(values, MemoryMarshal.Cast<byte, ushort>(destination));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not an activation type.");
        }
    }

    /// <summary>The largest value that has a finite counterpart in the type.</summary>
    public static float Limit(ActivationType type) => type switch
    {
        // From half a place above the largest number on, both round to infinity.
        ActivationType.Float16 => MathF.BitDecrement(65520),
        ActivationType.BFloat16 => BitConverter.UInt32BitsToSingle(0x7F7F_7FFF),
        _ => float.MaxValue,
    };

    /// <summary>The largest magnitude; NaN where there is one.</summary>
    public static float LargestMagnitude(ReadOnlySpan<float> values) =>
        values.IsEmpty ? 0 : MathF.Abs(TensorPrimitives.MaxMagnitude(values));

    private static void ToBFloat16(ReadOnlySpan<float> values, Span<ushort> destination)
    {
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        int done = 0;
        if (Vector.IsHardwareAccelerated)
        {
            for (; done <= bits.Length - (2 * Vector<uint>.Count); done += 2 * Vector<uint>.Count)
            {
                Vector<uint> low = Rounded(new Vector<uint>(bits[done..]));
                Vector<uint> high = Rounded(new Vector<uint>(bits[(done + Vector<uint>.Count)..]));
                Vector.Narrow(low, high).CopyTo(destination[done..]);
            }
        }

        for (; done < bits.Length; done++)
        {
            destination[done] = (ushort)((bits[done] + 0x7FFF + ((bits[done] >> 16) & 1)) >> 16);
        }
    }

    private static Vector<uint> Rounded(Vector<uint> bits) =>
        (bits + new Vector<uint>(0x7FFF) + ((bits >>> 16) & Vector<uint>.One)) >>> 16;
}
