using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.Weights;

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
