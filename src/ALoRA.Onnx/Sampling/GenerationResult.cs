namespace ALoRA.Onnx;

/// <summary>A finished generation.</summary>
public sealed record GenerationResult
{
    /// <summary>The text without special tokens, cut before a stop string; empty if the model has no tokenizer.</summary>
    public required string Text { get; init; }

    /// <summary>All generated ids, the stop token included.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>
    /// Log-probabilities, one entry for each of <see cref="Tokens"/>; empty unless
    /// <see cref="GenerationOptions.TopLogprobs"/> asks for them.
    /// </summary>
    public IReadOnlyList<TokenLogprobs> Logprobs { get; init; } = [];

    /// <summary>Why it ended.</summary>
    public required FinishReason FinishReason { get; init; }

    /// <summary>Figures: the prompt tokens still to be computed when it started, the generated ones, and times.</summary>
    public required TokenUsage Usage { get; init; }
}
