namespace ALoRA.Onnx.Cli.Bench;

/// <summary>One figure of a model, measured several times.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Context">Tokens in the conversation when it began; for a prefill, those that it computed.</param>
/// <param name="Unit">Such as <c>tokens/s</c> or <c>ms</c>.</param>
/// <param name="Values">
/// The repetitions, without the warm-up, as they came out: see <see cref="MeasuredNumber"/> for those that count.
/// </param>
/// <param name="Baseline">Name of the measurement at the same context that it is a multiple of; null for none.</param>
internal sealed record Measurement(string Name, int Context, string Unit, IReadOnlyList<double> Values, string? Baseline = null)
{
    /// <summary>The middle value of those that were measured, or the mean of the two middle ones; null if none was.</summary>
    public double? Median
    {
        get
        {
            double[] sorted = [.. Measured.Order()];
            return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    /// <summary>The smallest value that was measured; null if none was.</summary>
    public double? Smallest => Measured.Min(value => (double?)value);

    /// <summary>The largest value that was measured; null if none was.</summary>
    public double? Largest => Measured.Max(value => (double?)value);

    private IEnumerable<double> Measured => Values.Where(value => MeasuredNumber.OrNull(value) is not null);

    /// <summary>The measurement that it is a multiple of; null for none.</summary>
    public Measurement? BaselineWithin(IReadOnlyList<Measurement> all) =>
        all.SingleOrDefault(other => other.Name == Baseline && other.Context == Context);

    /// <summary>How many times its baseline it is; null if it has none, or one of them was not measured.</summary>
    public double? RatioWithin(IReadOnlyList<Measurement> all) => MeasuredNumber.OrNull(Median / BaselineWithin(all)?.Median);
}
