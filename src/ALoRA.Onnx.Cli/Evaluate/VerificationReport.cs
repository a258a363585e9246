using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Everything that was checked in a folder, as <c>alora verify --json</c> prints it.</summary>
internal sealed record VerificationReport(
    string Folder,
    string Precision,
    float Tolerance,
    [property: JsonPropertyOrder(1)] IReadOnlyList<VerificationRow> Rows,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Graphs = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? NotChecked = null)
{
    /// <summary>Nothing failed, and something was checked.</summary>
    public bool Holds => Failed == 0 && Passed > 0;

    public int Passed => Count(VerificationOutcome.Passed);

    public int Failed => Count(VerificationOutcome.Failed);

    public int Refused => Count(VerificationOutcome.Refused);

    private int Count(VerificationOutcome outcome) => Rows.Count(row => row.Outcome == outcome);
}
