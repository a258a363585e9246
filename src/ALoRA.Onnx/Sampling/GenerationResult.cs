namespace ALoRA.Onnx;

/// <summary>A finished generation.</summary>
public sealed record GenerationResult
{
    /// <summary>The text without special tokens, cut before a stop string; empty if the model has no tokenizer.</summary>
    public required string Text { get; init; }

    /// <summary>All generated ids, including the stop token.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>
    /// Log-probabilities, one entry for each of <see cref="Tokens"/>; empty unless
    /// <see cref="GenerationOptions.TopLogprobs"/> asks for them.
    /// </summary>
    public IReadOnlyList<TokenLogprobs> Logprobs { get; init; } = [];

    /// <summary>Why the generation ended.</summary>
    public required FinishReason FinishReason { get; init; }

    /// <summary>Prompt tokens that still had to be computed when it started, generated tokens, and times.</summary>
    public required TokenUsage Usage { get; init; }
}
