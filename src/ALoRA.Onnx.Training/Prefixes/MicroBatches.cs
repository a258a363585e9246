namespace ALoRA.Onnx.Training.Prefixes;

/// <summary>Cuts rows into those that run at once: alike in length, so that little is padded, in an order that rows alone decide.</summary>
internal static class MicroBatches
{
    private const int MostRows = 8;
    private const int MostTokens = 512;
    private const int MostCachedTokens = 16_384;

    /// <summary>Cuts rows.</summary>
    /// <param name="rows">The rows of a step.</param>
    /// <param name="size">Rows of a micro-batch; null for as many as fit into memory that a step should take.</param>
    public static IReadOnlyList<IReadOnlyList<TrainingExample>> Of(IReadOnlyList<TrainingExample> rows, int? size)
    {
        TrainingExample[] sorted = [.. rows.OrderBy(row => row.ActivationStart).ThenBy(Tokens)];
        List<IReadOnlyList<TrainingExample>> batches = [];
        List<TrainingExample> batch = [];
        foreach (TrainingExample row in sorted)
        {
            if (batch.Count > 0 && !Fits([.. batch, row], size))
            {
                batches.Add(batch);
                batch = [];
            }

            batch.Add(row);
        }

        batches.Add(batch);
        return batches;
    }

    private static bool Fits(IReadOnlyList<TrainingExample> rows, int? size) => size is { } most
        ? rows.Count <= most
        : rows.Count <= MostRows && rows.Count * rows.Max(Tokens) <= MostTokens
            && rows.Count * rows.Max(row => row.ActivationStart) <= MostCachedTokens;

    private static int Tokens(TrainingExample row) => row.Ids.Length - row.ActivationStart;
}
