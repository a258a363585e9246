namespace ALoRA.Onnx.Export.Weights;

/// <summary>How some tensors of the data file come about: what is read together, converted together and written once.</summary>
internal abstract class WeightPlan
{
    /// <summary>The tensors written, in the order of their place in the file.</summary>
    public abstract IReadOnlyList<StoredTensor> Outputs { get; }

    /// <summary>Checkpoint bytes that are read.</summary>
    public abstract long SourceByteLength { get; }

    /// <summary>The work, cut into independent pieces of about so many elements.</summary>
    public abstract IEnumerable<WeightChunk> Chunks(int elementBudget);
}
