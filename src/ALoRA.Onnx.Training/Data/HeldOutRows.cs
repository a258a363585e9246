namespace ALoRA.Onnx.Training.Data;

/// <summary>Splits rows into those that are trained on and those that are held out.</summary>
internal static class HeldOutRows
{
    private const int Most = 500;

    /// <summary>Holds a share out: equal rows stay on one side, and both sides keep the file's order.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="share">From 0 to below 1.</param>
    /// <param name="seed">Where the numbers begin that choose them.</param>
    public static (IReadOnlyList<TrainingExample> Trained, IReadOnlyList<TrainingExample> Held) Split(
        IReadOnlyList<TrainingExample> rows, double share, int seed)
    {
        int wanted = Math.Min(Most, (int)Math.Round(share * rows.Count));
        TrainingExample[][] groups = [.. rows.GroupBy(row => row, new ExampleKey()).Select(group => group.ToArray())];
        HashSet<TrainingExample> held = new(ReferenceEqualityComparer.Instance);
        foreach (int group in new SeededNumbers(seed, "held out").Order(groups.Length))
        {
            if (held.Count >= wanted || groups.Length - 1 == 0)
            {
                break;
            }

            held.UnionWith(groups[group]);
        }

        return ([.. rows.Where(row => !held.Contains(row))], [.. rows.Where(held.Contains)]);
    }
}
