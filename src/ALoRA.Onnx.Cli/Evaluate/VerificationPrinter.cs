using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Prints a report as a table.</summary>
internal static class VerificationPrinter
{
    public static void PrintTable(Terminal terminal, VerificationReport report)
    {
        ResultTable table = new("case", "adapter", "run", ">largest difference", "greedy", "result");
        foreach (VerificationRow row in report.Rows)
        {
            table.Add(row.Subject, row.Adapter, row.Run, Describe(row.LargestDifference), Describe(row.GreedyEqual), Describe(row));
        }

        table.Print(terminal);
        terminal.WriteText(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Folder} ({report.Precision}, tolerance {report.Tolerance:0.0E+0}): {report.Passed} passed, {report.Failed} failed, "
            + $"{report.Refused} refused; largest difference {Largest(report):0.0E+0}"));
        terminal.WriteText($"Graphs that computed: {string.Join(", ", report.Graphs ?? [])}.");
        if (report.NotChecked is string reason)
        {
            terminal.WriteText($"Not checked, as operators are not used: {reason}.");
        }
    }

    private static float Largest(VerificationReport report) =>
        report.Rows.Select(row => row.LargestDifference ?? 0).Aggregate(0f, MathF.Max);

    private static string Describe(float? difference) => difference?.ToString("0.0E+0", CultureInfo.InvariantCulture) ?? "";

    private static string Describe(bool? equal) => equal switch
    {
        true => "equal",
        false => "differs",
        null => "",
    };

    private static string Describe(VerificationRow row) =>
        row.Note is null ? Name(row.Outcome) : $"{Name(row.Outcome)}: {row.Note}";

    private static string Name(VerificationOutcome outcome) => outcome switch
    {
        VerificationOutcome.Passed => "passed",
        VerificationOutcome.Failed => "failed",
        _ => "refused",
    };
}
