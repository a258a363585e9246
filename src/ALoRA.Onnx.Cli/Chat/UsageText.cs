using System.Globalization;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>The figures of an operation, for people.</summary>
internal static class UsageText
{
    public static string Describe(ChatAnswer answer)
    {
        double perToken = answer.Generation.TimePerToken.TotalSeconds;
        string rate = perToken > 0 ? string.Create(CultureInfo.InvariantCulture, $", {1 / perToken:0.0} tokens/s") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{answer.Prefill.ReusedTokens} tokens reused, {answer.Prefill.ComputedTokens} computed, {answer.Generation.GeneratedTokens} "
            + $"generated; first token after {answer.TimeToFirstToken.TotalMilliseconds:0.0} ms{rate}");
    }

    public static string Describe(TokenUsage usage) => string.Create(
        CultureInfo.InvariantCulture,
        $"{usage.ReusedTokens} tokens reused, {usage.ComputedTokens} computed, {usage.GeneratedTokens} generated; first token after "
        + $"{usage.TimeToFirstToken.TotalMilliseconds:0.0} ms");
}
