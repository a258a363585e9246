using System.Globalization;
using ALoRA.Onnx.Shared;
using ALoRA.Onnx.Training.Checkpoints;

namespace ALoRA.Onnx.Training.Evaluation;

/// <summary>
/// Draws the losses of a training over its steps as SVG: each step's, and that of the rows held out. The axis is logarithmic.
/// </summary>
internal static class LossPlot
{
    private const double Width = 720;
    private const double Height = 420;
    private const double Left = 70;
    private const double Right = Width - 30;
    private const double Top = 50;
    private const double Bottom = Height - 60;
    private const double Smallest = 1e-6;
    private const int MostPoints = 600;
    private const string Trained = "#a0aec0";
    private const string Held = "#c53030";
    private const string Grid = "#d0d0d0";

    /// <summary>The drawing.</summary>
    /// <param name="title">What was trained.</param>
    /// <param name="state">What its steps and evaluations gave.</param>
    public static string Draw(string title, TrainingState state)
    {
        (double Step, double Loss)[] steps = [.. Thinned(state.Steps).Select(step => ((double)step.Step, Math.Max(step.Loss, Smallest)))];
        (double Step, double Loss)[] held = [.. state.Evaluations.Select(each => ((double)each.Step, Math.Max(each.Loss, Smallest)))];
        double[] losses = [.. steps.Concat(held).Select(point => point.Loss).DefaultIfEmpty(1)];
        int low = (int)Math.Floor(Math.Log10(losses.Min()));
        int high = Math.Max(low + 1, (int)Math.Ceiling(Math.Log10(losses.Max())));
        double last = Math.Max(1, state.Step);
        return SvgDrawing.Create(Width, Height, drawing =>
        {
            drawing.Text(Width / 2, 20, title, "15");
            for (int power = low; power <= high; power++)
            {
                drawing.Line(Left, Y(Math.Pow(10, power)), Right, Y(Math.Pow(10, power)), Grid);
                drawing.Text(
                    Left - 8, Y(Math.Pow(10, power)) + 4, Math.Pow(10, power).ToString("0.######", CultureInfo.InvariantCulture),
                    anchor: "end");
            }

            for (int tick = 0; tick <= 4; tick++)
            {
                double step = last * tick / 4;
                drawing.Text(X(step), Bottom + 18, step.ToString("N0", CultureInfo.InvariantCulture));
            }

            drawing.Lines(steps.Select(point => (X(point.Step), Y(point.Loss))), Trained);
            drawing.Lines(held.Select(point => (X(point.Step), Y(point.Loss))), Held);
            foreach ((double step, double loss) in held)
            {
                drawing.Dot(X(step), Y(loss), Held);
            }

            drawing.Frame(Left, Top, Right - Left, Bottom - Top);
            drawing.Text((Left + Right) / 2, Bottom + 42, "steps");
            drawing.Text(Left, Top - 10, "loss of each step", anchor: "start", color: Trained);
            drawing.Text(Right, Top - 10, "loss over the rows held out", anchor: "end", color: Held);
        });

        double X(double step) => Left + ((Right - Left) * step / last);
        double Y(double loss) => Bottom - ((Bottom - Top) * (Math.Log10(loss) - low) / (high - low));
    }

    // Means of neighbours, where there are more steps than pixels.
    private static IEnumerable<StepFigures> Thinned(List<StepFigures> steps) => steps
        .Chunk(Math.Max(1, (steps.Count + MostPoints - 1) / MostPoints))
        .Select(part => part[^1] with { Loss = part.Average(step => step.Loss) });
}
