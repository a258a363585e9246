namespace ALoRA.Onnx.Cli.Bench;

/// <summary>Two models side by side.</summary>
internal sealed record BenchmarkComparison(BenchmarkedModel A, BenchmarkedModel B)
{
    /// <summary>The figures of A in its order, then those that only B has.</summary>
    public IReadOnlyList<ComparedMeasurement> Pairs { get; } =
    [
        .. A.Measurements.Select(a => new ComparedMeasurement(a, Find(B, a))),
        .. B.Measurements.Where(b => Find(A, b) is null).Select(b => new ComparedMeasurement(null, b)),
    ];

    private static Measurement? Find(BenchmarkedModel model, Measurement measurement) =>
        model.Measurements.SingleOrDefault(other => other.Name == measurement.Name && other.Context == measurement.Context);
}
