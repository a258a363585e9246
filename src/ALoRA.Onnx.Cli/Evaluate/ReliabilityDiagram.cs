using System.Globalization;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>
/// Draws accuracy over certainty for ten bins as SVG: bars of a calibrated adapter end at the diagonal.
/// Several adapters stand next to each other.
/// </summary>
internal static class ReliabilityDiagram
{
    private const int Side = 300;
    private const int Margin = 50;
    private const int Panel = Side + (2 * Margin);

    /// <summary>The drawing.</summary>
    /// <param name="panels">A title and figures for each adapter.</param>
    public static string Draw(IReadOnlyList<(string Title, CalibrationMetrics Metrics)> panels) =>
        SvgDrawing.Create(panels.Count * Panel, Panel, drawing =>
    {
        for (int i = 0; i < panels.Count; i++)
        {
            DrawPanel(drawing, (i * Panel) + Margin, panels[i].Title, panels[i].Metrics);
        }
    });

    private static void DrawPanel(SvgDrawing drawing, int left, string title, CalibrationMetrics metrics)
    {
        const int Bottom = Margin + Side;
        double width = Side / (double)metrics.Diagram.Count;
        int largest = Math.Max(1, metrics.Diagram.Max(bin => bin.Count));
        drawing.Text(left + (Side / 2), Margin - 22, title, "14");
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"ECE {metrics.CalibrationError:0.000}, AUROC {metrics.AreaUnderCurve:0.000}, Brier {metrics.Brier:0.000}");
        drawing.Text(left + (Side / 2), Margin - 6, figures);
        for (int i = 0; i < metrics.Diagram.Count; i++)
        {
            CalibrationBin bin = metrics.Diagram[i];
            double height = bin.Accuracy * Side;

            // The fuller a bin, the darker its bar.
            drawing.Bar(
                left + (i * width) + 1, Bottom - height, width - 2, height, "#2b6cb0", opacity: 0.25 + (0.75 * bin.Count / largest));
            if (bin.Count > 0)
            {
                drawing.Dot(left + (bin.Certainty * Side), Bottom - height, "#c53030");
                drawing.Text(left + ((i + 0.5) * width), Bottom - 4, SvgDrawing.Number(bin.Count), "9");
            }
        }

        drawing.Frame(left, Margin, Side, Side);
        drawing.Line(left, Bottom, left + Side, Margin, "gray", dashes: "4");
        for (double tick = 0; tick <= 1; tick += 0.25)
        {
            drawing.Text(left + (tick * Side), Bottom + 16, SvgDrawing.Number(tick));
            drawing.Text(left - 18, Bottom - (tick * Side) + 4, SvgDrawing.Number(tick));
        }

        drawing.Text(left + (Side / 2), Bottom + 34, "certainty (bars: accuracy, numbers: answers)");
    }
}
