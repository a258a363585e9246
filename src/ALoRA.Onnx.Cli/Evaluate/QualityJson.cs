using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>What <c>alora quality --json</c> prints.</summary>
internal sealed record QualityJson
{
    public required string Model { get; init; }

    public required string Reference { get; init; }

    public required string Precision { get; init; }

    public required long WeightsBytes { get; init; }

    public required long ReferenceBytes { get; init; }

    public required int Positions { get; init; }

    public required double KlMean { get; init; }

    public required double KlMedian { get; init; }

    [JsonPropertyName("kl_99")]
    public required double KlHigh { get; init; }

    [JsonPropertyName("top1_agreement")]
    public required double Agreement { get; init; }

    public required double Perplexity { get; init; }

    public required double ReferencePerplexity { get; init; }

    public static QualityJson Of(QualityReport report) => new()
    {
        Model = report.Model,
        Reference = report.Reference,
        Precision = report.Precision,
        WeightsBytes = report.WeightsBytes,
        ReferenceBytes = report.ReferenceBytes,
        Positions = report.Figures.Positions,
        KlMean = report.Figures.MeanDivergence,
        KlMedian = report.Figures.MedianDivergence,
        KlHigh = report.Figures.HighDivergence,
        Agreement = report.Figures.Agreement,
        Perplexity = report.Figures.ModelPerplexity,
        ReferencePerplexity = report.Figures.ReferencePerplexity,
    };
}
