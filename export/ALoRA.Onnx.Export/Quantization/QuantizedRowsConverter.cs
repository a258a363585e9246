using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>Gives rows that calibration has quantized instead of the checkpoint's, in the layout of the converter that would quantize them.</summary>
internal sealed class QuantizedRowsConverter(QuantizedRows rows, RowConverter layout) : RowConverter
{
    public override IReadOnlyList<int> OutputRowByteLengths => layout.OutputRowByteLengths;

    public override void Convert(CheckpointTensor source, long firstRow, int rowCount, ChunkBuffers buffers, Span<byte> output)
    {
        long section = 0;
        foreach (int length in OutputRowByteLengths)
        {
            rows.Read(source.Name, section + (firstRow * length), output[..(rowCount * length)]);
            output = output[(rowCount * length)..];
            section += source.RowCount * length;
        }
    }
}
