namespace ALoRA.Onnx.Serving;

/// <summary>
/// Times of runs over their sizes: straight lines between the sizes that were measured,
/// the last line goes on behind them. Immutable, thread-safe.
/// </summary>
public sealed class CostCurve
{
    private readonly StepCost[] _points;

    /// <summary>Takes points in any order.</summary>
    /// <param name="points">At least one; a size that occurs twice counts with the mean of its times.</param>
    /// <exception cref="ArgumentException">There is no point, a size is not positive, or a time is no positive number.</exception>
    public CostCurve(IEnumerable<StepCost> points)
    {
        _points =
        [
            .. points.GroupBy(point => point.Count)
                .Select(group => new StepCost(group.Key, group.Average(point => point.Milliseconds)))
                .OrderBy(point => point.Count),
        ];
        if (_points.Length == 0)
        {
            throw new ArgumentException("The table of costs has no row. Measure at least one size.", nameof(points));
        }

        foreach (StepCost point in _points)
        {
            if (point.Count < 1 || !(point.Milliseconds > 0 && double.IsFinite(point.Milliseconds)))
            {
                throw new ArgumentException(
                    $"The table of costs says {point.Milliseconds} ms for {point.Count}; sizes are whole numbers from 1, times are "
                    + "numbers above 0. Measure again.",
                    nameof(points));
            }
        }
    }

    /// <summary>The points, by size.</summary>
    public IReadOnlyList<StepCost> Points => _points;

    /// <summary>
    /// Milliseconds of a run. Below the smallest size that was measured it is that one's time, for the weights are read anyway.
    /// </summary>
    /// <param name="count">Its size; 0 costs nothing.</param>
    public double At(int count)
    {
        if (count <= 0)
        {
            return 0;
        }

        if (count <= _points[0].Count || _points.Length == 1)
        {
            // One point says nothing about the slope: more than it costs in proportion.
            return _points[0].Milliseconds * Math.Max(1, (double)count / _points[0].Count);
        }

        int next = 1;
        while (next < _points.Length - 1 && _points[next].Count < count)
        {
            next++;
        }

        (StepCost low, StepCost high) = (_points[next - 1], _points[next]);
        double slope = (high.Milliseconds - low.Milliseconds) / (high.Count - low.Count);

        // A last line that falls is noise: nobody knows of a run that gets cheaper with its size.
        return count <= high.Count
            ? low.Milliseconds + (slope * (count - low.Count))
            : high.Milliseconds + (Math.Max(slope, 0) * (count - high.Count));
    }
}
