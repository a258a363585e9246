namespace ALoRA.Onnx.Cli.Bench;

/// <summary>Finds places for labels beside points of a plot, where they touch neither curves nor each other.</summary>
/// <param name="left">Where places begin.</param>
/// <param name="top">Where places begin.</param>
/// <param name="right">Where places end.</param>
/// <param name="bottom">Where places end.</param>
internal sealed class LabelPlaces(double left, double top, double right, double bottom)
{
    /// <summary>Height of a label.</summary>
    public const double Height = 10;

    // Of a sans-serif letter at the labels' size, with some air.
    private const double LetterWidth = 6;
    private const double Gap = 5;

    private readonly List<(double X1, double Y1, double X2, double Y2)> _lines = [];
    private readonly List<Box> _boxes = [];

    /// <summary>A line that no label may touch.</summary>
    public void AddLine(double fromX, double fromY, double toX, double toY) => _lines.Add((fromX, fromY, toX, toY));

    /// <summary>A point that no label may touch.</summary>
    public void AddPoint(double x, double y) => _boxes.Add(new Box(x - 3, y - 3, x + 3, y + 3));

    /// <summary>The first free place around a point: the middle of the label's line, or null if there is none.</summary>
    /// <param name="x">The point.</param>
    /// <param name="y">The point.</param>
    /// <param name="letters">Length of the label.</param>
    /// <param name="isAbove">Whether places above are tried before those below.</param>
    public (double X, double Baseline)? Find(double x, double y, int letters, bool isAbove)
    {
        double half = letters * LetterWidth / 2;
        int first = isAbove ? -1 : 1;
        foreach ((double dx, double dy) in new[] {
            (-1.0, first), (0, first), (1, first), (-1, 0), (1, 0), (0, -first), (1, -first), (-1.0, -first) })
        {
            double middle = x + (dx * (half + Gap));
            double center = y + (dy * ((Height / 2) + Gap + 2));
            Box box = new(middle - half, center - (Height / 2), middle + half, center + (Height / 2));
            if (IsFree(box))
            {
                _boxes.Add(box);
                return (middle, box.Bottom - 1);
            }
        }

        return null;
    }

    private bool IsFree(Box box) =>
        box.Left >= left && box.Top >= top && box.Right <= right && box.Bottom <= bottom
        && !_boxes.Any(box.Overlaps)
        && !_lines.Any(line => box.IsCrossedBy(line.X1, line.Y1, line.X2, line.Y2));

    private readonly record struct Box(double Left, double Top, double Right, double Bottom)
    {
        public bool Overlaps(Box other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;

        // Cuts the line at each side (Liang and Barsky, 1984): something of it is left if it crosses the box.
        public bool IsCrossedBy(double x1, double y1, double x2, double y2)
        {
            double from = 0;
            double to = 1;
            return Cut(x1 - x2, x1 - Left, ref from, ref to) && Cut(x2 - x1, Right - x1, ref from, ref to)
                && Cut(y1 - y2, y1 - Top, ref from, ref to) && Cut(y2 - y1, Bottom - y1, ref from, ref to);
        }

        private static bool Cut(double direction, double distance, ref double from, ref double to)
        {
            if (direction == 0)
            {
                return distance >= 0;
            }

            if (direction < 0)
            {
                from = Math.Max(from, distance / direction);
            }
            else
            {
                to = Math.Min(to, distance / direction);
            }

            return from <= to;
        }
    }
}
