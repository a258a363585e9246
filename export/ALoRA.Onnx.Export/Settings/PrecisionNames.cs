namespace ALoRA.Onnx.Export.Settings;

/// <summary>The spelling of precisions and methods in the manifest.</summary>
internal static class PrecisionNames
{
    public static string ToName(this MatrixPrecision precision, ActivationType activations) => precision switch
    {
        MatrixPrecision.Float => activations.ToName(),
        MatrixPrecision.Int8 => "int8",
        MatrixPrecision.Int4 => "int4",
        MatrixPrecision.AsStored => "gguf",
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "Not a matrix precision."),
    };

    public static string ToName(this QuantizationMethod method) => method switch
    {
        QuantizationMethod.LeastSquares => "mse",
        QuantizationMethod.RoundToNearest => "rtn",
        QuantizationMethod.Gptq => "gptq",
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "Not a quantization method."),
    };
}
