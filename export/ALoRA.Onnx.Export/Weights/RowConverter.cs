using ALoRA.Onnx.Export.Settings;

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

/// <summary>Takes stored bytes over as they are.</summary>
internal sealed class CopyConverter(int rowByteLength) : RowConverter
{
    public override IReadOnlyList<int> OutputRowByteLengths { get; } = [rowByteLength];

    public override void Convert(CheckpointTensor source, long firstRow, int rowCount, ChunkBuffers buffers, Span<byte> output) =>
        source.ReadRows(firstRow, rowCount, output);
}

/// <summary>Converts to the activation type, whatever the checkpoint's encoding.</summary>
internal sealed class FloatConverter(ActivationType type, int rowLength) : RowConverter
{
    public override IReadOnlyList<int> OutputRowByteLengths { get; } = [checked(rowLength * type.ByteSize())];

    public override void Convert(CheckpointTensor source, long firstRow, int rowCount, ChunkBuffers buffers, Span<byte> output)
    {
        Span<float> values = buffers.Floats(rowCount * rowLength);
        source.ReadRowsAsFloat(firstRow, rowCount, values);
        FloatRounding.Round(values, type, output, source.Name);
    }
}
