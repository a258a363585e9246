namespace ALoRA.Onnx.Export.Architectures;

/// <summary>
/// A decoder as its architecture describes it: the order of its blocks, sizes, constants, and the checkpoint tensors behind them. Whatever
/// follows (checks, graph, data file) reads this and knows nothing of the architecture.
/// </summary>
internal sealed record DecoderBlueprint
{
    public required string Architecture { get; init; }

    public required int VocabSize { get; init; }

    public required int HiddenSize { get; init; }

    public required int HeadCount { get; init; }

    public required int KeyValueHeadCount { get; init; }

    public required int HeadSize { get; init; }

    public required int MaxPositions { get; init; }

    /// <summary>Length of context beyond which all positions have other rotary frequencies; null for none.</summary>
    public int? RotarySwitchLength => Layers.Select(layer => layer.Attention.Rope)
        .FirstOrDefault(rope => rope?.SwitchesWithin(MaxPositions) == true)?.OriginalMaxPositions;

    /// <summary>Checkpoint tensor <c>[VocabSize, HiddenSize]</c>.</summary>
    public required string EmbeddingWeight { get; init; }

    /// <summary>Factor of the embedding's rows.</summary>
    public float EmbeddingMultiplier { get; init; } = 1;

    public required IReadOnlyList<LayerBlueprint> Layers { get; init; }

    /// <summary>Factor of a block's output before it is added to the residual stream.</summary>
    public float ResidualMultiplier { get; init; } = 1;

    public required NormBlueprint FinalNorm { get; init; }

    /// <summary>Checkpoint tensor <c>[VocabSize, HiddenSize]</c>; the embedding's where the weights are tied.</summary>
    public required string HeadWeight { get; init; }

    /// <summary>Factor of the logits.</summary>
    public float LogitsMultiplier { get; init; } = 1;

    /// <summary>Logits l become cap · tanh(l / cap); null for none.</summary>
    public float? LogitsSoftCap { get; init; }
}
