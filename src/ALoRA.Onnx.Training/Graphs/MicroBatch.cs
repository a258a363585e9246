namespace ALoRA.Onnx.Training.Graphs;

/// <summary>
/// Sequences that run at once. The loss is the sum over their labels divided by the step's, so that micro-batches add up.
/// </summary>
/// <param name="Rows">At least one.</param>
/// <param name="LabelsOfStep">Labels of all rows of the optimizer's step, those of other micro-batches too.</param>
internal sealed record MicroBatch(IReadOnlyList<TrainingRow> Rows, int LabelsOfStep);

/// <summary>A sequence.</summary>
/// <param name="Ids">Ids behind the prefix.</param>
/// <param name="Labels"> As many; −100 for none.
/// Shifted by the reader, as Transformers does: the label at t + 1 is what row t should give, the one at 0 is not used.
/// </param>
/// <param name="Prefix">Keys and values before the ids, which no gradient reaches; null where the ids are the whole sequence.</param>
/// <param name="AdaptedFrom">The first of the ids that the adapter acts on.</param>
internal sealed record TrainingRow(
    ReadOnlyMemory<int> Ids, ReadOnlyMemory<int> Labels, PrefixRows? Prefix = null, int AdaptedFrom = 0)
{
    /// <summary>The label of a row that has none.</summary>
    public const int NoLabel = -100;

    /// <summary>Position of the first id.</summary>
    public int Position => Prefix?.Length ?? 0;

    /// <summary>Ids of the whole sequence.</summary>
    public int Length => Position + Ids.Length;

    /// <summary>Rows that are computed: nothing reads the last id's.</summary>
    public int ComputedRows => Math.Max(Ids.Length - 1, 1);

    /// <summary>Number of labels that count.</summary>
    public int LabelCount => Labels.Length == 0 ? 0 : Labels.Length - 1 - Labels.Span[1..].Count(NoLabel);

    /// <summary>What a row should give.</summary>
    public int LabelOf(int row) => row + 1 < Labels.Length ? Labels.Span[row + 1] : NoLabel;
}

/// <summary>What a run found.</summary>
/// <param name="Loss">The micro-batch's share of the step's loss.</param>
/// <param name="Labels">Labels.</param>
/// <param name="CorrectLabels">Those that had the largest logit.</param>
/// <param name="ExactRows">Sequences all of whose labels had.</param>
internal readonly record struct MicroBatchResult(double Loss, int Labels, int CorrectLabels, int ExactRows);
