using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Every recorded training that was replayed, as <c>alora verify --training --json</c> prints it.</summary>
internal sealed record TrainingVerificationReport(
    string Checkpoint,
    string Folder,
    string Precision,
    TrainingTolerances Tolerances,
    [property: JsonPropertyOrder(1)] IReadOnlyList<TrainingVerificationRow> Rows)
{
    /// <summary>Nothing failed, and something was replayed.</summary>
    public bool Holds => Failed == 0 && Passed > 0;

    public int Passed => Rows.Count(row => row.Outcome == VerificationOutcome.Passed);

    public int Failed => Rows.Count(row => row.Outcome == VerificationOutcome.Failed);
}

/// <summary>One recorded training.</summary>
/// <param name="Subject">Name of its folder.</param>
/// <param name="Adapter">What was trained: <c>alora</c> or <c>lora</c>.</param>
/// <param name="Updates">Updates that were replayed.</param>
/// <param name="Outcome">Whether all figures are within their tolerances.</param>
/// <param name="Loss">Largest absolute difference of a loss.</param>
/// <param name="FirstGradient">Largest relative L2 distance of a tensor's first gradient.</param>
/// <param name="GradientNorm">Largest relative difference of a gradient norm.</param>
/// <param name="FinalWeight">Largest relative L2 distance of a tensor after the last update.</param>
/// <param name="HeldOutLoss">Absolute difference of the held-out loss.</param>
/// <param name="CachedPrefix">
/// Largest relative distance of a cached prefix from the whole sequence; null where there are no prefixes.
/// </param>
/// <param name="Note">What does not hold; null if everything does.</param>
internal sealed record TrainingVerificationRow(
    [property: JsonPropertyName("case")] string Subject,
    string Adapter,
    int Updates,
    VerificationOutcome Outcome,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double Loss,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double FirstGradient,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double GradientNorm,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double FinalWeight,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] double HeldOutLoss,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    double? CachedPrefix = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Note = null);
