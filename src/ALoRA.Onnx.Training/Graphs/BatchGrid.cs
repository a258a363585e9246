namespace ALoRA.Onnx.Training.Graphs;

/// <summary>
/// Sizes that batches are filled up to, so that few shapes stand for all: a captured run is of one shape. What fills up has no label, and
/// nothing attends to it.
/// </summary>
/// <param name="Rows">Sequences of every batch.</param>
/// <param name="Pages">Where prefixes are; null where sequences have none.</param>
internal sealed record BatchGrid(int Rows, PrefixPages? Pages)
{
    private const int Step = 8;
    private const int StepsOfOctave = 4;

    /// <summary>The shape of a batch.</summary>
    public BatchShape Fill(int rows, int suffix, int prefix, IReadOnlyList<int> positions) => new(
        Math.Max(rows, Rows), Up(suffix, Step), Pages is null ? 0 : Up(prefix, Pages.PageSize), positions, Up(positions.Count, Step));

    /// <summary>Rounds up to a multiple of a step, and from eight steps on to one of four sizes between two powers of two.</summary>
    public static int Up(int size, int step)
    {
        int steps = (size + step - 1) / step;
        int grain = Math.Max(1 << Math.Max(int.Log2(Math.Max(steps - 1, 1)) - int.Log2(StepsOfOctave), 0), 1);
        return (steps + grain - 1) / grain * grain * step;
    }
}
