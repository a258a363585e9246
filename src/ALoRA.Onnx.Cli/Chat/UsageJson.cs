namespace ALoRA.Onnx.Cli.Chat;

/// <summary>The figures of an operation.</summary>
internal sealed record UsageJson(
    int ReusedTokens, int ComputedTokens, int GeneratedTokens, double TimeToFirstTokenSeconds, double TimePerTokenSeconds)
{
    public static UsageJson Of(TokenUsage usage) => new(
        usage.ReusedTokens,
        usage.ComputedTokens,
        usage.GeneratedTokens,
        Math.Round(usage.TimeToFirstToken.TotalSeconds, 6),
        Math.Round(usage.TimePerToken.TotalSeconds, 6));

    public static UsageJson Of(ChatAnswer answer) => Of(answer.Generation with
    {
        ReusedTokens = answer.Prefill.ReusedTokens,
        ComputedTokens = answer.Prefill.ComputedTokens,
        TimeToFirstToken = answer.TimeToFirstToken,
    });
}
