namespace ALoRA.Onnx;

/// <summary>One token of a streamed generation.</summary>
public readonly record struct GeneratedToken
{
    /// <summary>The token's id.</summary>
    public required int Id { get; init; }

    /// <summary>
    /// The text that became final with this token. It holds whole characters only, and nothing that may be the start of a stop string;
    /// so it may be empty, and may contain text that earlier tokens began. Empty for special tokens, and for all tokens if the model
    /// has no tokenizer.
    /// </summary>
    public required string Text { get; init; }

    /// <summary>
    /// Log-probabilities of the token and of the most likely ones; null unless <see cref="GenerationOptions.TopLogprobs"/> is above 0.
    /// </summary>
    public TokenLogprobs? Logprobs { get; init; }

    /// <summary>Why the generation ended; null for all but the last token.</summary>
    public FinishReason? FinishReason { get; init; }

    /// <summary>Token counts and times of the generation; null for all but the last token.</summary>
    public TokenUsage? Usage { get; init; }
}
