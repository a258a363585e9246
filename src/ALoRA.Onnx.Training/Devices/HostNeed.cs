namespace ALoRA.Onnx.Training.Devices;

/// <summary>
/// Memory that runs of a training graph take on the processor beyond weights and prefixes, in bytes: an estimate that grows with rows,
/// prefixes and labels as the runs themselves do.
/// </summary>
/// <param name="manifest">The base.</param>
internal sealed class HostNeed(ModelManifest manifest)
{
    // Of each projection, input and output are kept for the way back, and about as much again of what stands between two of them.
    private const int CopiesOfRows = 2;

    // Probabilities are kept in each layer; scores, their gradients and what they are made of are there in one.
    private const int ScoresOfOneLayer = 4;
    private const int CopiesOfLogits = 3;

    private readonly long _projections = manifest.AdapterGroups.Sum(group => (long)group.InputSize + group.OutputSize);
    private readonly long _largest = manifest.AdapterGroups.Max(group => (long)group.InputSize * group.OutputSize);

    /// <summary>A run forward and backward.</summary>
    /// <param name="count">Sequences.</param>
    /// <param name="suffix">Rows of each.</param>
    /// <param name="prefix">Rows of the longest prefix.</param>
    /// <param name="heads">Rows of each that reach the head.</param>
    public long OfStep(int count, int suffix, int prefix, int heads)
    {
        long rows = (long)count * suffix;
        long scores = rows * manifest.AttentionHeads * (prefix + suffix);
        long decoded = manifest.Precision.BlockSize is null ? 0 : 2 * _largest;
        long kept = manifest.LayerCount * ((CopiesOfRows * rows * _projections) + scores);
        return (sizeof(float) * (kept + (ScoresOfOneLayer * scores) + Logits(count, heads) + decoded)) + Joined(count, prefix);
    }

    /// <summary>A run forward alone, of which layers keep nothing.</summary>
    /// <inheritdoc cref="OfStep"/>
    public long OfEvaluation(int count, int suffix, int prefix, int heads)
    {
        long rows = (long)count * suffix;
        long scores = ScoresOfOneLayer * rows * manifest.AttentionHeads * (prefix + suffix);
        return (sizeof(float) * ((CopiesOfRows * rows * _projections) + scores + Logits(count, heads))) + Joined(count, prefix);
    }

    private long Logits(int count, int heads) => (long)CopiesOfLogits * count * heads * manifest.VocabularySize;

    // Prefixes of the rows beside each other, as inputs of the graph.
    private long Joined(int count, int prefix) => Graphs.PrefixRows.BytesPerId(manifest) * prefix * count;
}
