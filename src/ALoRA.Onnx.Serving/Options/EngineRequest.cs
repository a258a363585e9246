namespace ALoRA.Onnx.Serving;

/// <summary>One generation that an <see cref="AloraEngine"/> is asked for.</summary>
public sealed record EngineRequest
{
    /// <summary>The whole prompt, at least one id; of the model's <see cref="AloraModel.PromptEncoder"/>, or trusted ids.</summary>
    public required EncodedPrompt Prompt { get; init; }

    /// <summary>
    /// Name of the adapter: an aLoRA computes the prompt's tokens from its invocation on and the answer, a LoRA all of them.
    /// Null for the base model.
    /// </summary>
    public string? Adapter { get; init; }

    /// <summary>
    /// Position in the prompt of the aLoRA's first token, from 0 to the prompt's length; null finds the last invocation in the prompt that
    /// comes from the template or what is trusted.
    /// </summary>
    public int? ActivationPosition { get; init; }

    /// <summary>
    /// Ids of the answer that were generated elsewhere: the answer goes on behind them, as if this engine had chosen them, and its reader
    /// gets what follows. Empty for an answer from its beginning.
    /// </summary>
    internal ReadOnlyMemory<int> Answered { get; init; }

    /// <summary>How the answer is generated; null is the model's own defaults.</summary>
    public GenerationOptions? Generation { get; init; }

    /// <summary>
    /// For whom the rows of prompt and answer are kept and found again; see <see cref="PromptOptions.CacheScope"/>.
    /// Null for everyone who names none.
    /// </summary>
    public string? CacheScope { get; init; }

    /// <summary>Who asks: engines share their time fairly among tenants. Null for everyone who names none.</summary>
    public string? Tenant { get; init; }
}
