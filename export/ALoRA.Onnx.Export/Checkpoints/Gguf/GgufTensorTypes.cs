namespace ALoRA.Onnx.Export.Checkpoints.Gguf;

/// <summary>Tensor types by the numbers that the format gives them.</summary>
internal static class GgufTensorTypes
{
    /// <summary>The encoding of a type number, or null where the number is unknown or was taken out of the format.</summary>
    public static TensorEncoding? Find(uint type) => type switch
    {
        0 => TensorEncoding.F32,
        1 => TensorEncoding.F16,
        2 => TensorEncoding.Q4_0,
        3 => TensorEncoding.Q4_1,
        6 => TensorEncoding.Q5_0,
        7 => TensorEncoding.Q5_1,
        8 => TensorEncoding.Q8_0,
        9 => TensorEncoding.Q8_1,
        10 => TensorEncoding.Q2_K,
        11 => TensorEncoding.Q3_K,
        12 => TensorEncoding.Q4_K,
        13 => TensorEncoding.Q5_K,
        14 => TensorEncoding.Q6_K,
        15 => TensorEncoding.Q8_K,
        16 => TensorEncoding.IQ2_XXS,
        17 => TensorEncoding.IQ2_XS,
        18 => TensorEncoding.IQ3_XXS,
        19 => TensorEncoding.IQ1_S,
        20 => TensorEncoding.IQ4_NL,
        21 => TensorEncoding.IQ3_S,
        22 => TensorEncoding.IQ2_S,
        23 => TensorEncoding.IQ4_XS,
        24 => TensorEncoding.I8,
        25 => TensorEncoding.I16,
        26 => TensorEncoding.I32,
        27 => TensorEncoding.I64,
        28 => TensorEncoding.F64,
        29 => TensorEncoding.IQ1_M,
        30 => TensorEncoding.BF16,
        34 => TensorEncoding.TQ1_0,
        35 => TensorEncoding.TQ2_0,
        39 => TensorEncoding.MXFP4,
        40 => TensorEncoding.NVFP4,
        _ => null,
    };
}
