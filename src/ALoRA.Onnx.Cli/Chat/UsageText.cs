using System.Globalization;
using System.Text.Json;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>The figures of an operation, for people and as JSON.</summary>
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

    public static void Write(Utf8JsonWriter writer, ChatAnswer answer) => Write(
        writer,
        answer.Generation with
        {
            ReusedTokens = answer.Prefill.ReusedTokens,
            ComputedTokens = answer.Prefill.ComputedTokens,
            TimeToFirstToken = answer.TimeToFirstToken,
        });

    public static void Write(Utf8JsonWriter writer, TokenUsage usage)
    {
        writer.WriteStartObject("usage");
        writer.WriteNumber("reused_tokens", usage.ReusedTokens);
        writer.WriteNumber("computed_tokens", usage.ComputedTokens);
        writer.WriteNumber("generated_tokens", usage.GeneratedTokens);
        writer.WriteNumber("time_to_first_token_seconds", Math.Round(usage.TimeToFirstToken.TotalSeconds, 6));
        writer.WriteNumber("time_per_token_seconds", Math.Round(usage.TimePerToken.TotalSeconds, 6));
        writer.WriteEndObject();
    }
}
