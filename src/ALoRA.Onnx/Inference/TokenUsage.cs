namespace ALoRA.Onnx;

/// <summary>What an operation took from the KV cache, what it computed, and how long that took.</summary>
public sealed record TokenUsage
{
    /// <summary>Prompt tokens whose keys and values were already in the cache.</summary>
    public int ReusedTokens { get; init; }

    /// <summary>Prompt tokens that were computed.</summary>
    public int ComputedTokens { get; init; }

    /// <summary>Tokens that were generated.</summary>
    public int GeneratedTokens { get; init; }

    /// <summary>From the start of the operation to its first token; without generation, to the end of the prefill.</summary>
    public TimeSpan TimeToFirstToken { get; init; }

    /// <summary>Mean time of the generated tokens after the first; zero if there was none.</summary>
    public TimeSpan TimePerToken { get; init; }
}
