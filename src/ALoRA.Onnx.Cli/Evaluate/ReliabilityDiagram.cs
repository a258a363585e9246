using System.Globalization;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>
/// Draws accuracy over certainty for ten bins as SVG: bars of a calibrated adapter end at the diagonal.
/// Several adapters stand next to each other; below them is what the marks mean.
/// </summary>
internal static class ReliabilityDiagram
{
    private const int Side = 300;
    private const int Left = 62;
    private const int Top = 60;
    private const int Panel = Side + Left + 28;
    private const int Bottom = Top + Side;
    private const int Height = Bottom + 124;
    private const string BarColor = "#2b6cb0";
    private const string DotColor = "#c53030";
    // Two-sided 95 % of a normal distribution.
    private const double Z = 1.959964;

    /// <summary>The drawing.</summary>
    /// <param name="panels">A title, figures and their intervals for each adapter.</param>
    public static string Draw(IReadOnlyList<(string Title, CalibrationMetrics Metrics, BootstrapIntervals Intervals)> panels) =>
        SvgDrawing.Create(Math.Max(panels.Count, 1) * Panel, Height, drawing =>
        {
            for (int i = 0; i < panels.Count; i++)
            {
                DrawPanel(drawing, (i * Panel) + Left, panels[i].Title, panels[i].Metrics, panels[i].Intervals);
            }

            DrawLegend(drawing);
        });

    /// <summary>The 95 % interval of a share (Wilson, 1927), which stays within 0 and 1 however few the cases are.</summary>
    /// <param name="share">The share that was seen.</param>
    /// <param name="count">Cases, at least one.</param>
    internal static (double Low, double High) WilsonInterval(double share, int count)
    {
        double squared = Z * Z;
        double middle = (share + (squared / (2 * count))) / (1 + (squared / count));
        double half = Z * Math.Sqrt((share * (1 - share) / count) + (squared / (4.0 * count * count))) / (1 + (squared / count));
        return (Math.Max(0, middle - half), Math.Min(1, middle + half));
    }

    private static void DrawPanel(
        SvgDrawing drawing, int left, string title, CalibrationMetrics metrics, BootstrapIntervals intervals)
    {
        double width = Side / (double)metrics.Diagram.Count;
        int largest = Math.Max(1, metrics.Diagram.Max(bin => bin.Count));
        drawing.Text(left + (Side / 2), 18, $"{title}, {metrics.Rows.ToString("N0", CultureInfo.InvariantCulture)} answers", "14");
        string area = metrics.AreaUnderCurve is { } value ? $"{Format(value)}{Format(intervals.AreaUnderCurve)}" : "none";
        drawing.Text(left + (Side / 2), 36, $"ECE {Format(metrics.CalibrationError)}{Format(intervals.CalibrationError)}", "11");
        drawing.Text(left + (Side / 2), 51, $"AUROC {area}, Brier {Format(metrics.Brier)}", "11");
        for (double tick = 0; tick <= 1; tick += 0.25)
        {
            drawing.Line(left, Bottom - (tick * Side), left + Side, Bottom - (tick * Side), "#e0e0e0");
            drawing.Text(left + (tick * Side), Bottom + 16, SvgDrawing.Number(tick));
            drawing.Text(left - 8, Bottom - (tick * Side) + 4, SvgDrawing.Number(tick), anchor: "end");
        }

        for (int i = 0; i < metrics.Diagram.Count; i++)
        {
            // The fuller a bin, the darker its bar.
            CalibrationBin bin = metrics.Diagram[i];
            double height = bin.Accuracy * Side;
            drawing.Bar(
                left + (i * width) + 1, Bottom - height, width - 2, height, BarColor, opacity: 0.2 + (0.6 * bin.Count / largest));
            if (bin.Count > 0)
            {
                DrawBin(drawing, left, (i + 0.5) * width, bin);
            }
        }

        drawing.Frame(left, Top, Side, Side);
        drawing.Line(left, Bottom, left + Side, Top, "gray", dashes: "4");
        drawing.Text(left + (Side / 2), Bottom + 48, "certainty that the adapter gives");
        drawing.TextUpwards(left - 44, Top + (Side / 2), "share of right answers");
    }

    private static void DrawBin(SvgDrawing drawing, int left, double middle, CalibrationBin bin)
    {
        (double low, double high) = WilsonInterval(bin.Accuracy, bin.Count);
        DrawInterval(drawing, left + middle, Bottom - (low * Side), Bottom - (high * Side));
        drawing.Dot(left + (bin.Certainty * Side), Bottom - (bin.Accuracy * Side), DotColor);
        // Below the axis, where nothing covers it.
        drawing.Text(left + middle, Bottom + 30, bin.Count.ToString("N0", CultureInfo.InvariantCulture), "9", color: BarColor);
    }

    private static void DrawInterval(SvgDrawing drawing, double x, double low, double high)
    {
        drawing.Line(x, low, x, high, "black");
        drawing.Line(x - 3, low, x + 3, low, "black");
        drawing.Line(x - 3, high, x + 3, high, "black");
    }

    private static void DrawLegend(SvgDrawing drawing)
    {
        const int First = Bottom + 68;
        const int LineHeight = 15;
        drawing.Bar(20, First - 9, 14, 11, BarColor, opacity: 0.5);
        drawing.Text(44, First, "right answers among those of this certainty; blue: how many", "11", anchor: "start");
        DrawInterval(drawing, 27, First + LineHeight + 1, First + LineHeight - 9);
        drawing.Text(44, First + LineHeight, "where that share lies with 95 % confidence", "11", anchor: "start");
        drawing.Dot(27, First + (2 * LineHeight) - 4, DotColor);
        drawing.Text(44, First + (2 * LineHeight), "at the mean certainty of the bar", "11", anchor: "start");
        drawing.Line(20, First + (3 * LineHeight) - 4, 34, First + (3 * LineHeight) - 4, "gray", dashes: "4");
        drawing.Text(44, First + (3 * LineHeight), "calibrated: as often right as it is certain", "11", anchor: "start");
    }

    private static string Format((double Low, double High)? interval) =>
        interval is { } found ? $" ({Format(found.Low)}–{Format(found.High)})" : "";

    private static string Format(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
