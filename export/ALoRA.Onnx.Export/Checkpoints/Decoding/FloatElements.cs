using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Export.Checkpoints.Decoding;

/// <summary>Plain floating-point elements, little-endian.</summary>
internal static class FloatElements
{
    public static void DecodeF64(ReadOnlySpan<byte> blocks, Span<float> values) =>
        TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(blocks), values);

    public static void DecodeF32(ReadOnlySpan<byte> blocks, Span<float> values) =>
        blocks.CopyTo(MemoryMarshal.AsBytes(values));

    public static void DecodeF16(ReadOnlySpan<byte> blocks, Span<float> values) =>
        TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(blocks), values);

    public static void DecodeBF16(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        // Widening zero-extends; the shift then puts the bits where a binary32 has its sign, exponent and upper mantissa.
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, ushort>(blocks), bits);
        TensorPrimitives.ShiftLeft(bits, 16, bits);
    }
}
