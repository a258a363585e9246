namespace ALoRA.Onnx.Cli.Bench;

/// <summary>The same figure of two models, or of the one that has it.</summary>
internal sealed record ComparedMeasurement(Measurement? A, Measurement? B)
{
    /// <summary>Either of them, for name, context and unit.</summary>
    public Measurement Any => A ?? B!;

    /// <summary>Median of B ÷ median of A; null unless both have it.</summary>
    public double? Ratio => B?.Median / A?.Median;
}
