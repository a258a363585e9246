namespace ALoRA.Onnx.Export;

/// <summary>Sizes and names of the encodings.</summary>
public static class TensorEncodings
{
    /// <summary>Elements that are stored together; a row of a tensor is a whole number of them. 1 for plain element types.</summary>
    /// <param name="encoding">The encoding.</param>
    /// <returns>The number of elements, at least 1.</returns>
    public static int BlockLength(this TensorEncoding encoding) => Layout(encoding).Elements;

    /// <summary>Bytes of one block of <see cref="BlockLength"/> elements.</summary>
    /// <param name="encoding">The encoding.</param>
    /// <returns>The number of bytes, at least 1.</returns>
    public static int BlockByteLength(this TensorEncoding encoding) => Layout(encoding).Bytes;

    /// <summary>The format's name, as <c>F32</c>, <c>BF16</c>, <c>Q4_1</c>.</summary>
    /// <param name="encoding">The encoding.</param>
    /// <returns>The name.</returns>
    public static string FormatName(this TensorEncoding encoding) => encoding.ToString();

    private static (int Elements, int Bytes) Layout(TensorEncoding encoding) => encoding switch
    {
        TensorEncoding.F64 or TensorEncoding.I64 or TensorEncoding.U64 or TensorEncoding.C64 => (1, 8),
        TensorEncoding.F32 or TensorEncoding.I32 or TensorEncoding.U32 => (1, 4),
        TensorEncoding.F16 or TensorEncoding.BF16 or TensorEncoding.I16 or TensorEncoding.U16 => (1, 2),
        TensorEncoding.I8 or TensorEncoding.U8 or TensorEncoding.BOOL => (1, 1),
        TensorEncoding.F8_E4M3 or TensorEncoding.F8_E5M2 or TensorEncoding.F8_E8M0 => (1, 1),
        TensorEncoding.F8_E4M3FNUZ or TensorEncoding.F8_E5M2FNUZ => (1, 1),
        TensorEncoding.F4 => (2, 1),
        TensorEncoding.F6_E2M3 or TensorEncoding.F6_E3M2 => (4, 3),
        TensorEncoding.Q4_0 or TensorEncoding.IQ4_NL => (32, 18),
        TensorEncoding.Q4_1 => (32, 20),
        TensorEncoding.Q5_0 => (32, 22),
        TensorEncoding.Q5_1 => (32, 24),
        TensorEncoding.Q8_0 => (32, 34),
        TensorEncoding.Q8_1 => (32, 36),
        TensorEncoding.MXFP4 => (32, 17),
        TensorEncoding.NVFP4 => (64, 36),
        TensorEncoding.Q2_K => (256, 84),
        TensorEncoding.Q3_K or TensorEncoding.IQ3_S => (256, 110),
        TensorEncoding.Q4_K => (256, 144),
        TensorEncoding.Q5_K => (256, 176),
        TensorEncoding.Q6_K => (256, 210),
        TensorEncoding.Q8_K => (256, 292),
        TensorEncoding.IQ2_XXS or TensorEncoding.TQ2_0 => (256, 66),
        TensorEncoding.IQ2_XS => (256, 74),
        TensorEncoding.IQ2_S => (256, 82),
        TensorEncoding.IQ3_XXS => (256, 98),
        TensorEncoding.IQ1_S => (256, 50),
        TensorEncoding.IQ1_M => (256, 56),
        TensorEncoding.IQ4_XS => (256, 136),
        TensorEncoding.TQ1_0 => (256, 54),
        _ => throw new ArgumentOutOfRangeException(nameof(encoding), encoding, "Not a tensor encoding."),
    };
}
