namespace ALoRA.Onnx.Shared;

/// <summary>How well certainties match what is right.</summary>
internal sealed record CalibrationMetrics
{
    private const int Bins = 10;

    /// <summary>Number of samples.</summary>
    public required int Rows { get; init; }

    /// <summary>Share of right answers.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Expected calibration error over ten bins: Σ share · |mean certainty − accuracy| (Naeini et al., 2015).</summary>
    public required double CalibrationError { get; init; }

    /// <summary>
    /// Probability that a right answer has a higher certainty than a wrong one,
    /// half for equal ones; null if there are no right or no wrong ones.
    /// </summary>
    public required double? AreaUnderCurve { get; init; }

    /// <summary>Mean squared difference of certainty and rightness (Brier, 1950).</summary>
    public required double Brier { get; init; }

    /// <summary>Ten bins of equal width; a certainty of 1 is in the last one.</summary>
    public required IReadOnlyList<CalibrationBin> Diagram { get; init; }

    /// <summary>Computes all figures.</summary>
    /// <param name="samples">At least one.</param>
    public static CalibrationMetrics Of(IReadOnlyList<CertaintySample> samples)
    {
        ILookup<int, CertaintySample> bins = samples.ToLookup(sample => Math.Clamp((int)(sample.Certainty * Bins), 0, Bins - 1));
        CalibrationBin[] diagram = [.. Enumerable.Range(0, Bins).Select(bin => BinOf([.. bins[bin]]))];
        return new CalibrationMetrics
        {
            Rows = samples.Count,
            Accuracy = samples.Average(sample => sample.IsRight ? 1.0 : 0),
            CalibrationError = diagram.Sum(bin => (double)bin.Count / samples.Count * Math.Abs(bin.Certainty - bin.Accuracy)),
            AreaUnderCurve = AreaOf(samples),
            Brier = samples.Average(sample => Math.Pow(sample.Certainty - (sample.IsRight ? 1 : 0), 2)),
            Diagram = diagram,
        };
    }

    private static CalibrationBin BinOf(CertaintySample[] samples) => samples.Length == 0
        ? default
        : new CalibrationBin(
            samples.Length, samples.Average(sample => sample.Certainty), samples.Average(sample => sample.IsRight ? 1.0 : 0));

    // Mann and Whitney: the sum of the right ones' ranks, equal certainties sharing theirs.
    private static double? AreaOf(IReadOnlyList<CertaintySample> samples)
    {
        double right = samples.Count(sample => sample.IsRight);
        double wrong = samples.Count - right;
        if (right == 0 || wrong == 0)
        {
            return null;
        }

        double ranks = 0;
        double below = 0;
        foreach (IGrouping<double, CertaintySample> equal in samples.GroupBy(sample => sample.Certainty).OrderBy(group => group.Key))
        {
            int count = equal.Count();
            ranks += equal.Count(sample => sample.IsRight) * (below + ((count + 1) / 2.0));
            below += count;
        }

        return (ranks - (right * (right + 1) / 2)) / (right * wrong);
    }
}
