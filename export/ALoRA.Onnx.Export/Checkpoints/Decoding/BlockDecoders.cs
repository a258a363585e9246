using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Export.Checkpoints.Decoding;

/// <summary>Finds the conversion to binary32 of an encoding.</summary>
internal static class BlockDecoders
{
    /// <summary>The conversion, or null where an encoding has none.</summary>
    public static BlockDecoder? Find(TensorEncoding encoding) => encoding switch
    {
        TensorEncoding.F64 => FloatElements.DecodeF64,
        TensorEncoding.F32 => FloatElements.DecodeF32,
        TensorEncoding.F16 => FloatElements.DecodeF16,
        TensorEncoding.BF16 => FloatElements.DecodeBF16,
        TensorEncoding.F8_E4M3 => Float8Elements.DecodeE4M3,
        TensorEncoding.F8_E5M2 => Float8Elements.DecodeE5M2,
        TensorEncoding.I64 => IntegerElements.DecodeI64,
        TensorEncoding.I32 => IntegerElements.DecodeI32,
        TensorEncoding.I16 => IntegerElements.DecodeI16,
        TensorEncoding.I8 => IntegerElements.DecodeI8,
        TensorEncoding.U64 => IntegerElements.DecodeU64,
        TensorEncoding.U32 => IntegerElements.DecodeU32,
        TensorEncoding.U16 => IntegerElements.DecodeU16,
        TensorEncoding.U8 or TensorEncoding.BOOL => IntegerElements.DecodeU8,
        TensorEncoding.Q8_0 => SimpleBlocks.DecodeQ8_0,
        TensorEncoding.Q4_0 => SimpleBlocks.DecodeQ4_0,
        TensorEncoding.Q4_1 => SimpleBlocks.DecodeQ4_1,
        TensorEncoding.Q5_0 => SimpleBlocks.DecodeQ5_0,
        TensorEncoding.Q5_1 => SimpleBlocks.DecodeQ5_1,
        TensorEncoding.Q2_K => KBlocks.DecodeQ2_K,
        TensorEncoding.Q3_K => KBlocks.DecodeQ3_K,
        TensorEncoding.Q4_K => KBlocks.DecodeQ4_K,
        TensorEncoding.Q5_K => KBlocks.DecodeQ5_K,
        TensorEncoding.Q6_K => KBlocks.DecodeQ6_K,
        TensorEncoding.IQ1_S => ShiftedGridBlocks.DecodeIQ1_S,
        TensorEncoding.IQ1_M => ShiftedGridBlocks.DecodeIQ1_M,
        TensorEncoding.IQ2_XXS => GridBlocks.DecodeIQ2_XXS,
        TensorEncoding.IQ2_XS => GridBlocks.DecodeIQ2_XS,
        TensorEncoding.IQ2_S => GridBlocks.DecodeIQ2_S,
        TensorEncoding.IQ3_XXS => GridBlocks.DecodeIQ3_XXS,
        TensorEncoding.IQ3_S => GridBlocks.DecodeIQ3_S,
        TensorEncoding.IQ4_NL => TableBlocks.DecodeIQ4_NL,
        TensorEncoding.IQ4_XS => TableBlocks.DecodeIQ4_XS,
        TensorEncoding.MXFP4 => TableBlocks.DecodeMXFP4,
        TensorEncoding.NVFP4 => TableBlocks.DecodeNVFP4,
        TensorEncoding.TQ1_0 => TernaryBlocks.DecodeTQ1_0,
        TensorEncoding.TQ2_0 => TernaryBlocks.DecodeTQ2_0,
        _ => null,
    };
}

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
