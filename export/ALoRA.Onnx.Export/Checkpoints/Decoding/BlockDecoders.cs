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
        TensorEncoding.IQ4_NL => TableBlocks.DecodeIQ4_NL,
        TensorEncoding.IQ4_XS => TableBlocks.DecodeIQ4_XS,
        TensorEncoding.MXFP4 => TableBlocks.DecodeMXFP4,
        TensorEncoding.NVFP4 => TableBlocks.DecodeNVFP4,
        TensorEncoding.TQ1_0 => TernaryBlocks.DecodeTQ1_0,
        TensorEncoding.TQ2_0 => TernaryBlocks.DecodeTQ2_0,
        _ => null,
    };
}
