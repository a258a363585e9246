namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>How a model differs from its reference on a text.</summary>
/// <param name="Positions">Positions that were compared.</param>
/// <param name="MeanDivergence">Mean of KL(reference || model) in nats.</param>
/// <param name="MedianDivergence">Its median.</param>
/// <param name="HighDivergence">Its 99th percentile.</param>
/// <param name="Agreement">Share of positions at which both find the same id most likely.</param>
/// <param name="ReferencePerplexity">Perplexity of the reference: exp of its mean loss in nats a token.</param>
/// <param name="ModelPerplexity">Perplexity of the model.</param>
internal sealed record QualityFigures(
    int Positions,
    double MeanDivergence,
    double MedianDivergence,
    double HighDivergence,
    double Agreement,
    double ReferencePerplexity,
    double ModelPerplexity);
