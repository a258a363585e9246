namespace ALoRA.Onnx.Export.Weights;

/// <summary>Takes stored bytes over as they are.</summary>
internal sealed class CopyConverter(int rowByteLength) : RowConverter
{
    public override IReadOnlyList<int> OutputRowByteLengths { get; } = [rowByteLength];

    public override void Convert(CheckpointTensor source, long firstRow, int rowCount, ChunkBuffers buffers, Span<byte> output) =>
        source.ReadRows(firstRow, rowCount, output);
}
