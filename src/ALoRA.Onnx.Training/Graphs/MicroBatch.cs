namespace ALoRA.Onnx.Training.Graphs;

/// <summary>
/// Sequences that run at once. The loss is the sum over their labels divided by the step's, so that micro-batches add up.
/// </summary>
/// <param name="Rows">At least one.</param>
/// <param name="LabelsOfStep">Labels of all rows of the optimizer's step, those of other micro-batches too.</param>
internal sealed record MicroBatch(IReadOnlyList<TrainingRow> Rows, int LabelsOfStep)
{
    /// <summary>Whether any row has a label that counts.</summary>
    public bool HasLabels => Rows.Any(row => row.LabelCount > 0);

    /// <summary>Refuses rows that do not fit a model.</summary>
    /// <exception cref="ArgumentException">One does not.</exception>
    public void Check(BatchModel model)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(LabelsOfStep, 0);
        if (Rows.Count == 0)
        {
            throw new ArgumentException("Expected at least one row in a micro-batch, got none.");
        }

        for (int i = 0; i < Rows.Count; i++)
        {
            TrainingRow row = Rows[i];
            string? problem = row.Ids.Length == 0 ? "no ids"
                : row.Labels.Length != row.Ids.Length ? $"{row.Labels.Length} labels for {row.Ids.Length} ids"
                : row.Prefix is not null && !model.HasPrefixes ? "a prefix, for which the session was opened without a place"
                : row.Ids.Span.IndexOfAnyExceptInRange(0, model.Vocabulary - 1) is var id and >= 0 ? $"the id {row.Ids.Span[id]}"
                : Wrong(row.Labels.Span, model.Vocabulary) is { } label ? $"the label {label}"
                : null;
            if (problem is not null)
            {
                throw new ArgumentException(
                    $"Row {i} of a micro-batch: expected ids and labels below {model.Vocabulary}, as many of both, got {problem}.");
            }
        }
    }

    private static int? Wrong(ReadOnlySpan<int> labels, int vocabulary)
    {
        foreach (int label in labels)
        {
            if (label != TrainingRow.NoLabel && (uint)label >= (uint)vocabulary)
            {
                return label;
            }
        }

        return null;
    }
}

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
internal readonly record struct MicroBatchResult(double Loss, int Labels, int CorrectLabels, int ExactRows)
{
    /// <summary>Counts what was right.</summary>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="shape">The shape that it ran in.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="largest">Ids of the largest logits, <c>[B, n]</c>.</param>
    public static MicroBatchResult Of(MicroBatch batch, BatchShape shape, double loss, ReadOnlySpan<long> largest)
    {
        (int labels, int correct, int exact) = (0, 0, 0);
        for (int b = 0; b < batch.Rows.Count; b++)
        {
            int before = labels - correct;
            for (int i = 0; i < shape.Positions.Count; i++)
            {
                int label = batch.Rows[b].LabelOf(shape.Positions[i]);
                labels += label == TrainingRow.NoLabel ? 0 : 1;
                correct += label != TrainingRow.NoLabel && largest[(b * shape.Heads) + i] == label ? 1 : 0;
            }

            exact += labels - correct == before && batch.Rows[b].LabelCount > 0 ? 1 : 0;
        }

        return new MicroBatchResult(loss, labels, correct, exact);
    }
}
