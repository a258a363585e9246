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

    public static RunJson Of(ChatAnswer? answer, IntrinsicResult? judgement) => new()
    {
        Text = answer?.Text,
        FinishReason = answer?.FinishReason,
        Usage = answer is null ? null : UsageJson.Of(answer),
        Intrinsic = judgement is null
            ? null
            : new JudgementJson(judgement.Adapter, judgement.Text, judgement.FinishReason, UsageJson.Of(judgement.Usage)),
    };
}

/// <summary>What an intrinsic said about an answer.</summary>
internal sealed record JudgementJson(string Adapter, string Text, FinishReason FinishReason, UsageJson Usage);
