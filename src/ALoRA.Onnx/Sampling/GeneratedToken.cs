namespace ALoRA.Onnx;

/// <summary>One token of a generation as it is streamed.</summary>
public readonly record struct GeneratedToken
{
    /// <summary>The token's id.</summary>
    public required int Id { get; init; }

    /// <summary>
    /// The text that became final with this token: never part of a character, and nothing that may be the start of a stop string.
    /// May be empty, and may hold what earlier tokens began.
    /// Special tokens have no text; neither has anything if the model has no tokenizer.
    /// </summary>
    public required string Text { get; init; }

    /// <summary>
    /// Log-probabilities of the token and of the likeliest ones; null unless <see cref="GenerationOptions.TopLogprobs"/> asks for them.
    /// </summary>
    public TokenLogprobs? Logprobs { get; init; }

    /// <summary>Why the generation ended; null for all but the last token.</summary>
    public FinishReason? FinishReason { get; init; }

    /// <summary>The figures of the generation; null for all but the last token.</summary>
    public TokenUsage? Usage { get; init; }
}
