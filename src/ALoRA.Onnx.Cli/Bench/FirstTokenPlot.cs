using System.Globalization;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>
/// Draws the time to first token of an intrinsic over the length of the conversation as SVG, as aLoRA and as LoRA, both axes logarithmic.
/// Strokes show smallest and largest. Points that were not measured are left out.
/// </summary>
internal static class FirstTokenPlot
{
    private const double Width = 720;
    private const double Height = 480;
    private const double Left = 80;
    private const double Right = Width - 120;
    private const double Top = 78;

    // Between the frame and the outermost points, whose figures stand beside them.
    private const double Padding = 28;
    private const double Bottom = Height - 60;
    private const string Grid = "#d0d0d0";

    /// <summary>The drawing.</summary>
    /// <param name="report">A benchmark of an intrinsic.</param>
    public static string Draw(BenchmarkReport report)
    {
        Curve[] curves = [.. CurvesOf(report)];
        Point[] all = [.. curves.SelectMany(curve => curve.Points)];
        LogAxis tokens = new([.. all.Select(point => (double)point.Context)], 2, Left + Padding, Right - Padding);
        LogAxis times = new([.. all.SelectMany(point => new[] { point.Smallest, point.Largest })], 10, Bottom, Top);
        return SvgDrawing.Create(Width, Height, drawing =>
        {
            DrawTitle(drawing, report);
            DrawAxes(drawing, tokens, times);
            for (int i = 0; i < curves.Length; i++)
            {
                DrawCurve(drawing, tokens, times, curves[i]);
                double legend = Top + 8 + (18 * i);
                drawing.Line(Right + 16, legend, Right + 46, legend, curves[i].Color, curves[i].Dashes);
                drawing.Text(Right + 52, legend + 4, curves[i].Label, anchor: "start", color: curves[i].Color);
            }

            DrawFigures(drawing, tokens, times, curves);
        });
    }

    private static IEnumerable<Curve> CurvesOf(BenchmarkReport report)
    {
        foreach ((string figure, string name, string color) in new[]
            {
                (Figures.AsLora, "LoRA", "#c53030"), (Figures.AsAlora, "aLoRA", "#2b6cb0"),
            })
        {
            for (int i = 0; i < report.Models.Count; i++)
            {
                Point[] points = [.. report.Models[i].Measurements.Where(measurement => measurement.Name == figure).SelectMany(PointsOf)];
                yield return new Curve(name + LabelOf(report, i, " (", ")"), points, color, i == 0 ? "none" : "6 4");
            }
        }
    }

    private static Point[] PointsOf(Measurement measurement) =>
        measurement is { Smallest: { } smallest, Median: { } median, Largest: { } largest }
        ? [new Point(measurement.Context, smallest, median, largest)]
        : [];

    private static void DrawTitle(SvgDrawing drawing, BenchmarkReport report)
    {
        drawing.Text(Width / 2, 20, "Time to first token of an intrinsic", "15");
        drawing.Text(Width / 2, 38, $"{report.Machine.Processor}, ONNX Runtime {report.Machine.OnnxRuntime}", "11");
        for (int i = 0; i < report.Models.Count; i++)
        {
            drawing.Text(Width / 2, 53 + (15 * i), $"{LabelOf(report, i, "", ": ")}{report.Models[i]}", "11");
        }
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

    private static void DrawCurve(SvgDrawing drawing, LogAxis tokens, LogAxis times, Curve curve)
    {
        drawing.Lines(curve.Points.Select(point => (tokens.Of(point.Context), times.Of(point.Median))), curve.Color, curve.Dashes);
        foreach (Point point in curve.Points)
        {
            double x = tokens.Of(point.Context);
            double y = times.Of(point.Median);
            drawing.Line(x, times.Of(point.Smallest), x, times.Of(point.Largest), curve.Color);
            drawing.Dot(x, y, curve.Color);
        }
    }

    // Times beside their points, the LoRA's above if there is room and the aLoRA's below; one without any room is left out.
    private static void DrawFigures(SvgDrawing drawing, LogAxis tokens, LogAxis times, IReadOnlyList<Curve> curves)
    {
        LabelPlaces places = new(Left, Top, Right, Bottom);
        foreach (Curve curve in curves)
        {
            (double X, double Y)[] points = [.. curve.Points.Select(point => (tokens.Of(point.Context), times.Of(point.Median)))];
            for (int i = 0; i < points.Length; i++)
            {
                places.AddPoint(points[i].X, points[i].Y);
                places.AddLine(points[i].X, times.Of(curve.Points[i].Smallest), points[i].X, times.Of(curve.Points[i].Largest));
                if (i > 0)
                {
                    places.AddLine(points[i - 1].X, points[i - 1].Y, points[i].X, points[i].Y);
                }
            }
        }

        for (int i = 0; i < curves.Count; i++)
        {
            bool isAbove = i < (curves.Count + 1) / 2;
            foreach (Point point in curves[i].Points)
            {
                string text = Time(point.Median);
                if (places.Find(tokens.Of(point.Context), times.Of(point.Median), text.Length, isAbove) is { } place)
                {
                    drawing.Text(place.X, place.Baseline, text, "10", color: curves[i].Color);
                }
            }
        }
    }

    // Two models are called A and B.
    private static string LabelOf(BenchmarkReport report, int model, string before, string after) =>
        report.Models.Count == 1 ? "" : $"{before}{"AB"[model]}{after}";

    private static string Time(double milliseconds)
    {
        (double value, string unit) = milliseconds < 999.5 ? (milliseconds, "ms") : (milliseconds / 1000, "s");
        return $"{value.ToString(value < 9.995 ? "0.##" : value < 99.95 ? "0.#" : "0", CultureInfo.InvariantCulture)} {unit}";
    }

    private sealed record Curve(string Label, IReadOnlyList<Point> Points, string Color, string Dashes);

    private sealed record Point(int Context, double Smallest, double Median, double Largest);
}
