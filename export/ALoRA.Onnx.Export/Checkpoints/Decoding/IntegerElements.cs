using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Export.Checkpoints.Decoding;

/// <summary>Integer elements, little-endian, rounded to the nearest binary32.</summary>
internal static class IntegerElements
{
    public static void DecodeI64(ReadOnlySpan<byte> blocks, Span<float> values) => Decode<long>(blocks, values);

    public static void DecodeI32(ReadOnlySpan<byte> blocks, Span<float> values) => Decode<int>(blocks, values);

    public static void DecodeI16(ReadOnlySpan<byte> blocks, Span<float> values) => Decode<short>(blocks, values);

    public static void DecodeI8(ReadOnlySpan<byte> blocks, Span<float> values) => Decode<sbyte>(blocks, values);

    public static void DecodeU64(ReadOnlySpan<byte> blocks, Span<float> values) => Decode<ulong>(blocks, values);

    public static void DecodeU32(ReadOnlySpan<byte> blocks, Span<float> values) => Decode<uint>(blocks, values);

    public static void DecodeU16(ReadOnlySpan<byte> blocks, Span<float> values) => Decode<ushort>(blocks, values);

    public static void DecodeU8(ReadOnlySpan<byte> blocks, Span<float> values) => Decode<byte>(blocks, values);

    private static void Decode<T>(ReadOnlySpan<byte> blocks, Span<float> values)
        where T : unmanaged, System.Numerics.INumberBase<T> =>
        TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, T>(blocks), values);
}
