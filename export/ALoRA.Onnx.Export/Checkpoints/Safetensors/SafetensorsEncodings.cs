namespace ALoRA.Onnx.Export.Checkpoints.Safetensors;

/// <summary>The element types that the safetensors format has.</summary>
internal static class SafetensorsEncodings
{
    /// <summary>All of them, in the format's own order of growing size.</summary>
    public static readonly IReadOnlyList<TensorEncoding> All =
    [
        TensorEncoding.BOOL, TensorEncoding.F4, TensorEncoding.F6_E2M3, TensorEncoding.F6_E3M2, TensorEncoding.U8, TensorEncoding.I8,
        TensorEncoding.F8_E5M2, TensorEncoding.F8_E4M3, TensorEncoding.F8_E8M0, TensorEncoding.F8_E4M3FNUZ, TensorEncoding.F8_E5M2FNUZ,
        TensorEncoding.I16, TensorEncoding.U16, TensorEncoding.F16, TensorEncoding.BF16, TensorEncoding.I32, TensorEncoding.U32,
        TensorEncoding.F32, TensorEncoding.C64, TensorEncoding.F64, TensorEncoding.I64, TensorEncoding.U64,
    ];

    /// <summary>The encoding of a <c>dtype</c>, or null.</summary>
    public static TensorEncoding? Find(string dtype)
    {
        foreach (TensorEncoding encoding in All)
        {
            if (string.Equals(encoding.FormatName(), dtype, StringComparison.Ordinal))
            {
                return encoding;
            }
        }

        return null;
    }
}
