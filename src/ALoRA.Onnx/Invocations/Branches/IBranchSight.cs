namespace ALoRA.Onnx.Invocations.Branches;

/// <summary>
/// Tells a graph which rows of the cache each row of a run sees: the prefix of its branch, and the branch's own. Not thread-safe.
/// </summary>
internal interface IBranchSight
{
    /// <summary>Rows of branches in the cache, those of the run that is prepared included.</summary>
    int Rows { get; }

    /// <summary>Prepares a run, whose rows follow those of the runs before.</summary>
    /// <param name="rows">Rows of the run.</param>
    /// <param name="total">Rows of the cache, or more.</param>
    void Write(ReadOnlySpan<BranchRow> rows, int total);
}
