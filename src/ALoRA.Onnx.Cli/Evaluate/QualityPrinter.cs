using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Prints reports as a table or as JSON.</summary>
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
        terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{report.Model} against {report.Reference} at {figures.Positions:N0} positions; KL in nats"));
    }

    public static void PrintJson(Terminal terminal, QualityReport report) => JsonResult.Write(terminal, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("model", report.Model);
        writer.WriteString("reference", report.Reference);
        writer.WriteString("precision", report.Precision);
        writer.WriteNumber("weights_bytes", report.WeightsBytes);
        writer.WriteNumber("reference_bytes", report.ReferenceBytes);
        writer.WriteNumber("positions", report.Figures.Positions);
        writer.WriteNumber("kl_mean", report.Figures.MeanDivergence);
        writer.WriteNumber("kl_median", report.Figures.MedianDivergence);
        writer.WriteNumber("kl_99", report.Figures.HighDivergence);
        writer.WriteNumber("top1_agreement", report.Figures.Agreement);
        writer.WriteNumber("perplexity", report.Figures.ModelPerplexity);
        writer.WriteNumber("reference_perplexity", report.Figures.ReferencePerplexity);
        writer.WriteEndObject();
    });

    private static string Number(string format, double value) => value.ToString(format, CultureInfo.InvariantCulture);
}
