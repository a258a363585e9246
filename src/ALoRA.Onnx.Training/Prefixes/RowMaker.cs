using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Prefixes;

/// <summary>Makes of an example what the training graph runs over: everything behind its prefix, with labels on the completion.</summary>
/// <param name="prefixes">Where prefixes come from.</param>
/// <param name="once">Rows that are asked for once, so that it is of no use to keep their prefixes.</param>
internal sealed class RowMaker(PrefixStore prefixes, IReadOnlySet<TrainingExample> once)
{
    /// <summary>Number of labels of an example.</summary>
    public static int LabelsOf(TrainingExample example) => example.Ids.Length - example.CompletionStart;

    /// <summary>Whether the prefix of an example is kept.</summary>
    public bool Keeps(TrainingExample example) => !once.Contains(example);

    /// <summary>The row of an example.</summary>
    public TrainingRow Of(TrainingExample example, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<int> ids = example.Ids[example.ActivationStart..];
        int[] labels = ids.ToArray();
        labels.AsSpan(0, example.CompletionStart - example.ActivationStart).Fill(TrainingRow.NoLabel);
        return new TrainingRow(ids, labels, prefixes.Get(example, Keeps(example), cancellationToken));
    }
}
