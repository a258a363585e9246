using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>What <c>alora run --json</c> prints. What was not asked for is left out.</summary>
internal sealed record RunJson
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Text { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FinishReason? FinishReason { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public UsageJson? Usage { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JudgementJson? Intrinsic { get; init; }

    /// <summary>Where several were asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<JudgementJson>? Intrinsics { get; init; }

    public static RunJson Of(ChatAnswer? answer, IReadOnlyList<IntrinsicResult> judgements) => new()
    {
        Text = answer?.Text,
        FinishReason = answer?.FinishReason,
        Usage = answer is null ? null : UsageJson.Of(answer),
        Intrinsic = judgements is [var only] ? JudgementJson.Of(only) : null,
        Intrinsics = judgements.Count > 1 ? [.. judgements.Select(JudgementJson.Of)] : null,
    };
}

/// <summary>What an intrinsic said about an answer.</summary>
internal sealed record JudgementJson(string Adapter, string Text, FinishReason FinishReason, UsageJson Usage)
{
    public static JudgementJson Of(IntrinsicResult result) =>
        new(result.Adapter, result.Text, result.FinishReason, UsageJson.Of(result.Usage));
}
