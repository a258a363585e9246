using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>One thing that was checked.</summary>
/// <param name="Subject">The case, or what else was checked.</param>
/// <param name="Adapter">The adapter, or <c>base</c>.</param>
/// <param name="Run">How it was run.</param>
/// <param name="Outcome">Whether it holds.</param>
/// <param name="LargestDifference">Largest absolute difference of the logits; null where none were compared.</param>
/// <param name="GreedyEqual">Whether greedy decoding gives the reference's ids; null where it was not run.</param>
/// <param name="Note">The message of a refusal or failure; null if there is nothing to say.</param>
internal sealed record VerificationRow(
    [property: JsonPropertyName("case")] string Subject,
    string Adapter,
    string Run,
    VerificationOutcome Outcome,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    float? LargestDifference = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? GreedyEqual = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Note = null);
