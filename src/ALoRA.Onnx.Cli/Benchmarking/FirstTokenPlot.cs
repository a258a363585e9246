using System.Globalization;
using ALoRA.Onnx.Cli.Drawing;

namespace ALoRA.Onnx.Cli.Benchmarking;

/// <summary>Draws the time to first token of an intrinsic over the length of the conversation as SVG, as aLoRA and as LoRA, both axes logarithmic. Strokes show smallest and largest.</summary>
internal static class FirstTokenPlot
{
    private const double Width = 720;
    private const double Height = 480;
    private const double Left = 80;
    private const double Right = Width - 120;
    private const double Top = 64;
    private const double Bottom = Height - 60;
    private const string Grid = "#d0d0d0";

    private static readonly string[] Dashes = ["none", "6 4"];

    /// <summary>The drawing.</summary>
    /// <param name="report">A benchmark of an intrinsic.</param>
    public static string Draw(BenchmarkReport report)
    {
        Measurement[] all = [.. report.Models.SelectMany(model => model.Measurements).Where(measurement => measurement.Name is Figures.AsAlora or Figures.AsLora)];
        LogAxis tokens = new([.. all.Select(measurement => (double)measurement.Context)], 2, Left, Right);
        LogAxis times = new([.. all.SelectMany(measurement => measurement.Values)], 10, Bottom, Top);
        return SvgDrawing.Create(Width, Height, drawing =>
        {
            DrawTitle(drawing, report);
            DrawAxes(drawing, tokens, times);
            double legend = Top + 8;
            foreach ((string figure, string name, string color) in new[] { (Figures.AsLora, "LoRA", "#c53030"), (Figures.AsAlora, "aLoRA", "#2b6cb0") })
            {
                for (int i = 0; i < report.Models.Count; i++)
                {
                    DrawCurve(drawing, tokens, times, report.Models[i], figure, name + LabelOf(report, i, " (", ")"), color, Dashes[i], legend);
                    legend += 18;
                }
            }
        });
    }

    private static void DrawTitle(SvgDrawing drawing, BenchmarkReport report)
    {
        drawing.Text(Width / 2, 20, "Time to first token of an intrinsic", "15");
        drawing.Text(Width / 2, 38, string.Join("; ", report.Models.Select((model, i) => $"{LabelOf(report, i, "", ": ")}{model}")), "11");
        drawing.Text(Width / 2, 53, $"{report.Machine.Processor}, ONNX Runtime {report.Machine.OnnxRuntime}", "11");
    }

    private static void DrawAxes(SvgDrawing drawing, LogAxis tokens, LogAxis times)
    {
        foreach (double tick in tokens.Ticks)
        {
            drawing.Line(tokens.Of(tick), Top, tokens.Of(tick), Bottom, Grid);
            drawing.Text(tokens.Of(tick), Bottom + 18, tick.ToString("N0", CultureInfo.InvariantCulture));
        }

        foreach (double tick in times.Ticks)
        {
            drawing.Line(Left, times.Of(tick), Right, times.Of(tick), Grid);
            drawing.Text(Left - 8, times.Of(tick) + 4, Time(tick), anchor: "end");
        }

        drawing.Frame(Left, Top, Right - Left, Bottom - Top);
        drawing.Text((Left + Right) / 2, Bottom + 42, "tokens in the conversation");
    }

    private static void DrawCurve(SvgDrawing drawing, LogAxis tokens, LogAxis times, BenchmarkedModel model, string figure, string label, string color, string dashes, double legend)
    {
        Measurement[] measurements = [.. model.Measurements.Where(measurement => measurement.Name == figure).OrderBy(measurement => measurement.Context)];
        drawing.Lines(measurements.Select(measurement => (tokens.Of(measurement.Context), times.Of(measurement.Median))), color, dashes);
        foreach (Measurement measurement in measurements)
        {
            double x = tokens.Of(measurement.Context);
            drawing.Line(x, times.Of(measurement.Smallest), x, times.Of(measurement.Largest), color);
            drawing.Dot(x, times.Of(measurement.Median), color);
            drawing.Text(x, times.Of(measurement.Median) - 8, Time(measurement.Median), "10", color: color);
        }

        drawing.Line(Right + 16, legend, Right + 46, legend, color, dashes);
        drawing.Text(Right + 52, legend + 4, label, anchor: "start", color: color);
    }

    // Two models are called A and B.
    private static string LabelOf(BenchmarkReport report, int model, string before, string after) => report.Models.Count == 1 ? "" : $"{before}{"AB"[model]}{after}";

    private static string Time(double milliseconds) => milliseconds switch
    {
        >= 999.5 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000:0.##} s"),
        >= 99.95 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.##} ms"),
    };
}
