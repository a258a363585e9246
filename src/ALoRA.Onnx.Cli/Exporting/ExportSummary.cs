using System.Globalization;
using ALoRA.Onnx.Cli.Progress;
using ALoRA.Onnx.Cli.Terminals;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Exporting;

/// <summary>Prints what an export wrote.</summary>
internal static class ExportSummary
{
    public static void Print(Terminal terminal, ExportReport report)
    {
        foreach (string warning in report.Warnings)
        {
            terminal.Error.WriteLine($"warning: {warning}");
        }

        ResultTable table = new("file", ">size");
        foreach (ExportedFile file in report.Files)
        {
            table.Add(file.Name, ByteSize.Format(file.Bytes));
        }

        table.Print(terminal);
        double seconds = Math.Max(report.Duration.TotalSeconds, 0.001);
        terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Folder}: {report.Architecture}, {report.Parameters:N0} parameters, {ByteSize.Format(report.CheckpointBytes)} of checkpoint in {seconds:0.0} s ({ByteSize.Format(report.CheckpointBytes / seconds)}/s)"));
    }
}
