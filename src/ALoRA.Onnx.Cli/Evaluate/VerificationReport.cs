namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Everything that was checked in a folder.</summary>
internal sealed record VerificationReport(string Folder, string Precision, float Tolerance, IReadOnlyList<VerificationRow> Rows)
{
    public int Passed => Count(VerificationOutcome.Passed);

    public int Failed => Count(VerificationOutcome.Failed);

    public int Refused => Count(VerificationOutcome.Refused);

    /// <summary>Nothing failed, and something was checked.</summary>
    public bool Holds => Failed == 0 && Passed > 0;

    private int Count(VerificationOutcome outcome) => Rows.Count(row => row.Outcome == outcome);
}
