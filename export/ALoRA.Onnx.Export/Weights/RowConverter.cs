namespace ALoRA.Onnx.Export.Weights;

/// <summary>Turns rows of a checkpoint tensor into rows of one or more stored tensors.</summary>
internal abstract class RowConverter
{
    /// <summary>Bytes of a row in each stored tensor.</summary>
    public abstract IReadOnlyList<int> OutputRowByteLengths { get; }

    /// <summary>Converts rows.</summary>
    /// <param name="source">Where the rows come from.</param>
    /// <param name="firstRow">Index of the first row.</param>
    /// <param name="rowCount">Number of rows.</param>
    /// <param name="buffers">Memory for intermediate values.</param>
    /// <param name="output">The rows of the first stored tensor, then those of the second and so on, without gaps.</param>
    public abstract void Convert(CheckpointTensor source, long firstRow, int rowCount, ChunkBuffers buffers, Span<byte> output);
}
