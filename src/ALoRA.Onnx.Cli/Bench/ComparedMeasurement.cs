namespace ALoRA.Onnx.Cli.Bench;

/// <summary>The same figure of two models, or of the one that has it.</summary>
internal sealed record ComparedMeasurement(Measurement? A, Measurement? B)
{
    /// <summary>Either of them, for name, context and unit.</summary>
    public Measurement Any => A ?? B!;

    /// <summary>Whether both have it, measured or not.</summary>
    public bool IsOfBoth => A is not null && B is not null;

    /// <summary>Median of B ÷ median of A; null unless it was measured on both.</summary>
    public double? Ratio => MeasuredNumber.OrNull(B?.Median / A?.Median);
}
