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
        _ => null,
    };
}
