using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>Prints what an export wrote.</summary>
internal static class ExportSummary
{
    public static void Print(Terminal terminal, ExportReport report)
    {
        PrintWarnings(terminal, report.Warnings);
        ResultTable table = new("file", ">size");
        foreach (ExportedFile file in report.Files)
        {
            table.Add(file.Name, ByteSize.Format(file.Bytes));
        }

        table.Print(terminal);
        double seconds = Math.Max(report.Duration.TotalSeconds, 0.001);
        terminal.WriteText(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Folder}: {report.Architecture}, {report.Parameters:N0} parameters, {ByteSize.Format(report.CheckpointBytes)} of "
            + $"checkpoint in {seconds:0.0} s ({ByteSize.Format(report.CheckpointBytes / seconds)}/s)"));
    }

    public static void Print(Terminal terminal, ExportPlan plan)
    {
        PrintWarnings(terminal, plan.Warnings);
        terminal.WriteText(
            $"{plan.Architecture}, {plan.Parameters:N0} parameters in {plan.Tensors} tensors, {ByteSize.Format(plan.CheckpointBytes)} of "
            + $"checkpoint: would write {ByteSize.Format(plan.WeightsBytes)} of weights.");
    }

    private static void PrintWarnings(Terminal terminal, IReadOnlyList<string> warnings)
    {
        foreach (string warning in warnings)
        {
            terminal.WriteNote($"warning: {warning}");
        }
    }
}
