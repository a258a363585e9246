namespace ALoRA.Onnx;

/// <summary>How many tokens an operation reused from the KV cache, computed and generated, and how long that took.</summary>
public sealed record TokenUsage
{
    /// <summary>Prompt tokens whose keys and values were already in the cache.</summary>
    public int ReusedTokens { get; init; }

    /// <summary>Prompt tokens that were computed.</summary>
    public int ComputedTokens { get; init; }

    /// <summary>Tokens that were generated.</summary>
    public int GeneratedTokens { get; init; }

    /// <summary>Time from the start of the operation to its first token, or to the end of the prefill if nothing is generated.</summary>
    public TimeSpan TimeToFirstToken { get; init; }

    /// <summary>Mean time per generated token after the first; zero if there is none.</summary>
    public TimeSpan TimePerToken { get; init; }

    /// <summary>
    /// Number of invocations that were computed together as one batch, see
    /// <see cref="Conversation.InvokeAllAsync(IReadOnlyList{AdapterInvocation}, CancellationToken)"/>.
    /// The default value, 1, means that it was computed alone.
    /// </summary>
    public int Branches { get; init; } = 1;

    /// <summary>The figures of several operations together: tokens added up, the last first token, the mean time of the others.</summary>
    internal static TokenUsage Sum(IEnumerable<TokenUsage> parts)
    {
        TokenUsage sum = new();
        TimeSpan decode = TimeSpan.Zero;
        int decoded = 0;
        foreach (TokenUsage part in parts)
        {
            int following = Math.Max(part.GeneratedTokens - 1, 0);
            decode += part.TimePerToken * following;
            decoded += following;
            sum = sum with
            {
                ReusedTokens = sum.ReusedTokens + part.ReusedTokens,
                ComputedTokens = sum.ComputedTokens + part.ComputedTokens,
                GeneratedTokens = sum.GeneratedTokens + part.GeneratedTokens,
                TimeToFirstToken = part.TimeToFirstToken > sum.TimeToFirstToken ? part.TimeToFirstToken : sum.TimeToFirstToken,
                Branches = Math.Max(sum.Branches, part.Branches),
            };
        }

        return decoded == 0 ? sum : sum with { TimePerToken = decode / decoded };
    }
}
