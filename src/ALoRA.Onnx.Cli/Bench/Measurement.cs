namespace ALoRA.Onnx.Cli.Bench;

/// <summary>One figure of a model, measured several times.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Context">Tokens in the conversation when it began; for a prefill, those that it computed.</param>
/// <param name="Unit">Such as <c>tokens/s</c> or <c>ms</c>.</param>
/// <param name="Values">The repetitions, without the warm-up.</param>
/// <param name="Baseline">Name of the measurement at the same context that it is a multiple of; null for none.</param>
internal sealed record Measurement(string Name, int Context, string Unit, IReadOnlyList<double> Values, string? Baseline = null)
{
    /// <summary>The middle value, or the mean of the two middle ones.</summary>
    public double Median
    {
        get
        {
            double[] sorted = [.. Values.Order()];
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    public double Smallest => Values.Min();

    public double Largest => Values.Max();

    /// <summary>How many times its baseline it is; null if it has none.</summary>
    public double? RatioWithin(IReadOnlyList<Measurement> all) => all.SingleOrDefault(other => other.Name == Baseline && other.Context == Context) is { } baseline
        ? Median / baseline.Median
        : null;
}
