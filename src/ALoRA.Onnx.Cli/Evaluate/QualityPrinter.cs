using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Prints reports as a table.</summary>
internal static class QualityPrinter
{
    public static void PrintTable(Terminal terminal, QualityReport report)
    {
        QualityFigures figures = report.Figures;
        ResultTable table = new("model", ">weights", ">KL mean", ">KL median", ">KL 99 %", ">top-1 equal", ">perplexity");
        table.Add(
            report.Precision,
            ByteSize.Format(report.WeightsBytes),
            Number("0.00000", figures.MeanDivergence),
            Number("0.00000", figures.MedianDivergence),
            Number("0.0000", figures.HighDivergence),
            Number("0.00 %", figures.Agreement),
            Number("0.000", figures.ModelPerplexity));
        table.Add("reference", ByteSize.Format(report.ReferenceBytes), "", "", "", "", Number("0.000", figures.ReferencePerplexity));
        table.Print(terminal);
        terminal.WriteText(string.Create(
            CultureInfo.InvariantCulture, $"{report.Model} against {report.Reference} at {figures.Positions:N0} positions; KL in nats"));
    }

    private static string Number(string format, double value) => value.ToString(format, CultureInfo.InvariantCulture);
}
