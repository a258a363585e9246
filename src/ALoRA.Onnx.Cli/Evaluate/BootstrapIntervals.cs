using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>
/// How far figures of calibration would vary on other rows of the same kind: 95 % intervals by the bootstrap (Efron,
/// 1979), that is from the figures of rows drawn from the given ones with repetition.
/// </summary>
/// <param name="CalibrationError">From and to of ECE.</param>
/// <param name="AreaUnderCurve">From and to of AUROC; null if there are no right or no wrong answers.</param>
internal sealed record BootstrapIntervals((double Low, double High) CalibrationError, (double Low, double High)? AreaUnderCurve)
{
    /// <summary>Rows below which a figure says little.</summary>
    public const int FewRows = 100;

    private const int Resamples = 1000;
    private const int Bins = 10;
    private const double Tail = 0.025;

    /// <summary>Computes the intervals; the same for the same samples.</summary>
    /// <param name="samples">At least one.</param>
    public static BootstrapIntervals Of(IReadOnlyList<CertaintySample> samples)
    {
        CertaintySample[] sorted = [.. samples.OrderBy(sample => sample.Certainty)];
        int[] bins = [.. sorted.Select(sample => Math.Clamp((int)(sample.Certainty * Bins), 0, Bins - 1))];
        int[] counts = new int[sorted.Length];
        Random random = new(1);
        List<double> errors = [];
        List<double> areas = [];
        for (int i = 0; i < Resamples; i++)
        {
            Array.Clear(counts);
            for (int j = 0; j < sorted.Length; j++)
            {
                counts[random.Next(sorted.Length)]++;
            }

            errors.Add(ErrorOf(sorted, bins, counts));
            if (AreaOf(sorted, counts) is { } area)
            {
                areas.Add(area);
            }
        }

        // Where most draws have answers of one kind alone, those that have both say nothing about the rest.
        return new BootstrapIntervals(Interval(errors), areas.Count > Resamples / 2 ? Interval(areas) : null);
    }

    private static (double Low, double High) Interval(List<double> figures)
    {
        figures.Sort();
        return (figures[(int)(Tail * (figures.Count - 1))], figures[(int)Math.Ceiling((1 - Tail) * (figures.Count - 1))]);
    }

    private static double ErrorOf(CertaintySample[] sorted, int[] bins, int[] counts)
    {
        Span<double> gaps = stackalloc double[Bins];
        for (int i = 0; i < sorted.Length; i++)
        {
            gaps[bins[i]] += counts[i] * (sorted[i].Certainty - (sorted[i].IsRight ? 1 : 0));
        }

        double sum = 0;
        foreach (double gap in gaps)
        {
            sum += Math.Abs(gap);
        }

        return sum / sorted.Length;
    }

    // Pairs of a right and a wrong answer of which the right one is the more certain, equal ones half.
    private static double? AreaOf(CertaintySample[] sorted, int[] counts)
    {
        double wrongBelow = 0;
        double right = 0;
        double pairs = 0;
        for (int i = 0; i < sorted.Length;)
        {
            double rightHere = 0;
            double wrongHere = 0;
            double certainty = sorted[i].Certainty;
            for (; i < sorted.Length && sorted[i].Certainty.Equals(certainty); i++)
            {
                rightHere += sorted[i].IsRight ? counts[i] : 0;
                wrongHere += sorted[i].IsRight ? 0 : counts[i];
            }

            pairs += rightHere * (wrongBelow + (wrongHere / 2));
            right += rightHere;
            wrongBelow += wrongHere;
        }

        return right > 0 && wrongBelow > 0 ? pairs / (right * wrongBelow) : null;
    }
}
