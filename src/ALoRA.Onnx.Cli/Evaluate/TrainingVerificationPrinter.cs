using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Prints the replayed trainings as a table.</summary>
internal static class TrainingVerificationPrinter
{
    public static void PrintTable(Terminal terminal, TrainingVerificationReport report)
    {
        ResultTable table = new(
            "case", "adapter", ">losses", ">first gradients", ">norms", ">final weights", ">held out", ">cached prefix", "result");
        foreach (TrainingVerificationRow row in report.Rows)
        {
            table.Add(
                row.Subject, row.Adapter, Describe(row.Loss), Describe(row.FirstGradient), Describe(row.GradientNorm),
                Describe(row.FinalWeight), Describe(row.HeldOutLoss), Describe(row.CachedPrefix),
                row.Note is null ? "passed" : $"failed: {row.Note}");
        }

        TrainingTolerances most = report.Tolerances;
        table.Add(
            "at most", "", Describe(most.Loss), Describe(most.FirstGradient), Describe(most.GradientNorm), Describe(most.FinalWeight),
            Describe(most.HeldOutLoss), Describe(most.CachedPrefix), "");
        table.Print(terminal);
        terminal.WriteText(
            $"{report.Folder} on {report.Checkpoint} ({report.Precision}): {report.Passed} passed, {report.Failed} failed");
    }

    private static string Describe(double? distance) => distance?.ToString("0.0E+0", CultureInfo.InvariantCulture) ?? "";
}
