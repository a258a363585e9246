namespace ALoRA.Onnx.Inference;

/// <summary>Which rows of a sequence an adapter computes: all from a position on.</summary>
/// <param name="Adapter">The adapter; null for the base alone.</param>
/// <param name="Start">Position of the first adapted token within the sequence.</param>
/// <param name="ThrownAwayFrom">
/// Position from which on nothing is kept when the adapter is switched off, nor read by others before; none by default.
/// </param>
internal readonly record struct Activation(Adapter? Adapter, int Start, int ThrownAwayFrom = int.MaxValue)
{
    /// <summary>Nothing is adapted.</summary>
    public static Activation None => new(null, int.MaxValue);

    /// <summary>The weights that write the row at a position.</summary>
    public Adapter? WriterAt(int position) => position >= Start ? Adapter : null;

    /// <summary>
    /// How many of the missing rows are computed in one run: those of the base in runs of their own, unless they are thrown away.
    /// </summary>
    /// <remarks>
    /// In a run with an adapter bound rows of the base would be its victims where it overflows, for 0 times infinity is
    /// no number; and they would differ from the base's own in the last bit. Where they only serve this adapter's answer,
    /// one run less is worth more. It must be the last run, whose logits tell whether there were numbers.
    /// </remarks>
    /// <param name="past">Rows before.</param>
    /// <param name="rows">Most rows of a run.</param>
    /// <param name="length">Length of the sequence.</param>
    public int RowsOfRun(int past, int rows, int length)
    {
        bool isOfBoth = past < Start && Start < past + rows;
        bool mayBe = past >= ThrownAwayFrom && past + rows == length && Adapter is { Weights.IsOutsized: false };
        return isOfBoth && !mayBe ? Start - past : rows;
    }
}
