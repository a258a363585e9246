namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>How rows are best distributed over runs, worked out beforehand for each number of rows. Immutable.</summary>
internal sealed class RunSplits
{
    // What a table promises beyond one run has to be worth it, for it was measured with noise.
    private const double Worthwhile = 0.95;

    private readonly double[] _costs;
    private readonly int[] _first;

    /// <summary>Works out all numbers of rows up to a limit.</summary>
    public RunSplits(CostCurve curve, int maxRows)
    {
        _costs = new double[maxRows + 1];
        _first = new int[maxRows + 1];
        for (int rows = 1; rows <= maxRows; rows++)
        {
            (_costs[rows], _first[rows]) = (curve.At(rows), rows);
            double limit = _costs[rows] * Worthwhile;
            for (int first = 1; first < rows; first++)
            {
                double cost = curve.At(first) + _costs[rows - first];
                if (cost < Math.Min(limit, _costs[rows]))
                {
                    (_costs[rows], _first[rows]) = (cost, first);
                }
            }
        }
    }

    /// <summary>Milliseconds of so many rows.</summary>
    public double Cost(int rows) => _costs[rows];

    /// <summary>Rows of the first run of so many; the others follow in the same way.</summary>
    public int First(int rows) => _first[rows];
}
