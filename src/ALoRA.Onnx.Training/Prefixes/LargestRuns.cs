using ALoRA.Onnx.Training.Devices;

namespace ALoRA.Onnx.Training.Prefixes;

/// <summary>Which runs of a training take most memory, and how much that is on the processor.</summary>
/// <param name="need">Counts the memory of a run.</param>
/// <param name="options">How rows are cut into runs.</param>
internal sealed class LargestRuns(HostNeed need, TrainingOptions options)
{
    // Runs of many shapes, one after another, leave gaps in the memory that they share.
    private const double Gaps = 1.25;

    /// <summary>Steps that may take most: of the longest rows, the longest suffixes, and the most rows at once.</summary>
    public static IEnumerable<IReadOnlyList<TrainingExample>> StepsOf(IReadOnlyList<TrainingExample> rows, int batchSize)
    {
        yield return [.. rows.OrderByDescending(row => row.Ids.Length).Take(batchSize)];
        yield return [.. rows.OrderByDescending(row => row.Ids.Length - row.ActivationStart).Take(batchSize)];
        yield return [.. rows.OrderBy(row => row.Ids.Length).Take(batchSize)];
    }

    /// <summary>Bytes that the largest runs of a training take beyond those of a step that was made.</summary>
    /// <param name="made">Rows of the step.</param>
    /// <param name="rows">All rows that are trained on.</param>
    /// <param name="heldOut">All that are held out.</param>
    public long MoreThan(
        IReadOnlyList<TrainingExample> made, IReadOnlyList<TrainingExample> rows, IReadOnlyList<TrainingExample> heldOut)
    {
        long largest = StepsOf(rows, options.BatchSize).Max(Largest);
        long evaluation = heldOut.Count == 0 ? 0 : MicroBatches.Of(heldOut, options.MicroBatchSize)
            .Max(batch => Sizes(batch, need.OfEvaluation));
        return Math.Max(0, (long)(Gaps * largest) - Largest(made)) + evaluation;
    }

    private long Largest(IReadOnlyList<TrainingExample> rows) =>
        MicroBatches.Of(rows, options.MicroBatchSize).Max(batch => Sizes(batch, need.OfStep));

    private static long Sizes(IReadOnlyList<TrainingExample> batch, Func<int, int, int, int, long> count) => count(
        batch.Count, batch.Max(row => row.Ids.Length - row.ActivationStart), batch.Max(row => row.ActivationStart),
        batch.Max(row => row.Ids.Length - row.CompletionStart));
}
