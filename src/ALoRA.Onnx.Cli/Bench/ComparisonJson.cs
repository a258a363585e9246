namespace ALoRA.Onnx.Cli.Bench;

/// <summary>Two models side by side as JSON, with ratios of B ÷ A. What was not measured is null.</summary>
internal sealed record ComparisonJson(
    BenchmarkJson A,
    BenchmarkJson B,
    IEnumerable<RatioJson> Ratios,
    MachineDescription Machine,
    long ResidentBytes,
    IReadOnlyList<LeftOutLength> LeftOut)
{
    /// <summary>A report about two models.</summary>
    public static ComparisonJson Of(BenchmarkReport report)
    {
        BenchmarkComparison comparison = new(report.Models[0], report.Models[1]);
        return new ComparisonJson(
            BenchmarkJson.Of(comparison.A),
            BenchmarkJson.Of(comparison.B),
            comparison.Pairs.Where(pair => pair.IsOfBoth).Select(RatioJson.Of),
            report.Machine,
            report.ResidentBytes,
            report.LeftOut);
    }
}

/// <summary>How a figure of two models compares.</summary>
internal sealed record RatioJson(string Name, int Context, string Unit, double? Ratio)
{
    public static RatioJson Of(ComparedMeasurement pair) => new(pair.Any.Name, pair.Any.Context, pair.Any.Unit, pair.Ratio);
}
