namespace ALoRA.Onnx.Cli.Bench;

/// <summary>A logarithmic axis between two powers of a base: where values lie on it, and where its ticks are.</summary>
internal sealed class LogAxis
{
    private readonly double _base;
    private readonly int _first;
    private readonly int _last;
    private readonly double _start;
    private readonly double _end;

    /// <summary>Creates an axis over all of some values, which are greater than 0.</summary>
    /// <param name="values">The values; with none, the axis begins at 1.</param>
    /// <param name="logBase">Ratio of neighbouring ticks.</param>
    /// <param name="start">Position of the smallest power.</param>
    /// <param name="end">Position of the largest.</param>
    public LogAxis(IReadOnlyCollection<double> values, double logBase, double start, double end)
    {
        // The logarithm of a power itself may be off by its last digit.
        const double Tolerance = 1e-9;
        _base = logBase;
        _first = (int)Math.Floor(Math.Log(values.DefaultIfEmpty(1).Min(), logBase) + Tolerance);
        _last = Math.Max(_first + 1, (int)Math.Ceiling(Math.Log(values.DefaultIfEmpty(1).Max(), logBase) - Tolerance));
        _start = start;
        _end = end;
    }

    /// <summary>The powers.</summary>
    public IEnumerable<double> Ticks => Enumerable.Range(_first, _last - _first + 1).Select(power => Math.Pow(_base, power));

    /// <summary>Position of a value.</summary>
    public double Of(double value) => _start + ((_end - _start) * (Math.Log(value, _base) - _first) / (_last - _first));
}
