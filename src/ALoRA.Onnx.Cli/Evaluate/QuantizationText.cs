namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>How a model's weights are held, in a few words.</summary>
internal static class QuantizationText
{
    /// <summary><c>int4, mse, blocks of 32</c>, or just the precision where nothing is quantized.</summary>
    public static string Describe(ModelPrecision precision)
    {
        if (precision.BlockSize is not { } blockSize)
        {
            return precision.Name;
        }

        string method = precision.QuantizationMethod is null ? "" : $", {precision.QuantizationMethod}";
        return $"{precision.Name}{method}, blocks of {blockSize}{(precision.Symmetric == false ? " with zero points" : "")}";
    }
}
