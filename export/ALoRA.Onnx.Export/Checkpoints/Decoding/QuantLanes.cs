using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ALoRA.Onnx.Export.Checkpoints.Decoding;

/// <summary>Sixteen quantized elements at a time, the unit that all GGUF block layouts share.</summary>
internal static class QuantLanes
{
    public const int Count = 16;

    /// <summary>The IQ4 types' table of values, part of the format.</summary>
    public static Vector128<sbyte> IQ4Values => Vector128.Create(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

    /// <summary>Twice the sixteen values of a 4-bit float (2 exponent bits, 1 mantissa bit).</summary>
    public static Vector128<sbyte> Float4Values => Vector128.Create(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

    /// <summary>A scale, stored as binary16.</summary>
    public static float Scale(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);

    public static Vector128<byte> Load(ReadOnlySpan<byte> bytes) => Vector128.Create(bytes[..Count]);

    /// <summary>Bits <paramref name="shift"/> and up of each byte, masked.</summary>
    public static Vector128<byte> Bits(Vector128<byte> bytes, int shift, byte mask) =>
        (bytes >>> shift) & Vector128.Create(mask);

    /// <summary>Stores <c>scale * q</c>.</summary>
    public static void Store(Vector128<sbyte> quants, float scale, Span<float> values)
    {
        (Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) = ToFloat(quants);
        Vector128<float> scales = Vector128.Create(scale);
        ref float first = ref MemoryMarshal.GetReference(values[..Count]);
        (a * scales).StoreUnsafe(ref first);
        (b * scales).StoreUnsafe(ref first, 4);
        (c * scales).StoreUnsafe(ref first, 8);
        (d * scales).StoreUnsafe(ref first, 12);
    }

    /// <summary>Stores <c>scale * q + offset</c>, product and sum rounded one after the other as the reference does.</summary>
    public static void Store(Vector128<sbyte> quants, float scale, float offset, Span<float> values)
    {
        (Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) = ToFloat(quants);
        Vector128<float> scales = Vector128.Create(scale);
        Vector128<float> offsets = Vector128.Create(offset);
        ref float first = ref MemoryMarshal.GetReference(values[..Count]);
        ((a * scales) + offsets).StoreUnsafe(ref first);
        ((b * scales) + offsets).StoreUnsafe(ref first, 4);
        ((c * scales) + offsets).StoreUnsafe(ref first, 8);
        ((d * scales) + offsets).StoreUnsafe(ref first, 12);
    }

    private static (Vector128<float> A, Vector128<float> B, Vector128<float> C, Vector128<float> D) ToFloat(Vector128<sbyte> quants)
    {
        (Vector128<short> low, Vector128<short> high) = Vector128.Widen(quants);
        (Vector128<int> a, Vector128<int> b) = Vector128.Widen(low);
        (Vector128<int> c, Vector128<int> d) = Vector128.Widen(high);
        return (Vector128.ConvertToSingle(a), Vector128.ConvertToSingle(b), Vector128.ConvertToSingle(c), Vector128.ConvertToSingle(d));
    }
}
