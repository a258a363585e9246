namespace ALoRA.Onnx;

/// <summary>The answer of an adapter that was invoked on a conversation.</summary>
public sealed record IntrinsicResult
{
    /// <summary>Name of the adapter.</summary>
    public required string Adapter { get; init; }

    /// <summary>The answer without special tokens; empty if the model has no tokenizer.</summary>
    public required string Text { get; init; }

    /// <summary>All generated ids, including the stop token.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>
    /// Log-probabilities, one entry for each of <see cref="Tokens"/>; empty unless
    /// <see cref="GenerationOptions.TopLogprobs"/> asks for them.
    /// </summary>
    public IReadOnlyList<TokenLogprobs> Logprobs { get; init; } = [];

    /// <summary>Why the answer ended.</summary>
    public required FinishReason FinishReason { get; init; }

    /// <summary>Index of the first adapted token; null if the invocation tokens were missing and that was allowed.</summary>
    public required int? ActivationPosition { get; init; }

    /// <summary>Probabilities of <see cref="InvocationOptions.Choices"/>, in their order.</summary>
    public required IReadOnlyList<ChoiceProbability> Choices { get; init; }

    /// <summary>Tokens of conversation, instruction and invocation that were reused and computed, generated tokens, and times.</summary>
    public required TokenUsage Usage { get; init; }
}
