using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>Quantizes rows block by block, in MatMulNBits' layout: codes, scales, and zero points if asymmetric.</summary>
internal sealed class BlockQuantizer : RowConverter
{
    private readonly MatrixFormat.Blocks _format;
    private readonly BlockFit _fit;
    private readonly ActivationType _scaleType;
    private readonly int _columns;
    private readonly int _blocks;

    public BlockQuantizer(MatrixFormat.Blocks format, ActivationType scaleType, int columns, QuantizationMethod method)
    {
        _format = format;
        _fit = BlockFit.For(method, format, scaleType);
        _scaleType = scaleType;
        _columns = columns;
        _blocks = format.BlocksOf(columns);
        OutputRowByteLengths = format.RowByteLengths(columns, scaleType);
    }

    public override IReadOnlyList<int> OutputRowByteLengths { get; }

    public override void Convert(CheckpointTensor source, long firstRow, int rowCount, ChunkBuffers buffers, Span<byte> output)
    {
        int padded = _blocks * _format.BlockSize;
        Span<float> memory = buffers.Floats((rowCount * _columns) + padded + _blocks);
        Span<float> values = memory[..(rowCount * _columns)];
        Span<float> lastRow = memory.Slice(values.Length, padded);
        Span<float> scales = memory[^_blocks..];
        Span<byte> codes = buffers.Source(padded + _blocks);
        source.ReadRowsAsFloat(firstRow, rowCount, values);

        int codeRow = OutputRowByteLengths[0];
        int scaleRow = OutputRowByteLengths[1];
        Span<byte> codeOutput = output[..(rowCount * codeRow)];
        Span<byte> scaleOutput = output.Slice(codeOutput.Length, rowCount * scaleRow);
        Span<byte> zeroPointOutput = output[(codeOutput.Length + scaleOutput.Length)..];
        for (int row = 0; row < rowCount; row++)
        {
            ReadOnlySpan<float> rowValues = values.Slice(row * _columns, _columns);
            if (padded != _columns)
            {
                lastRow.Clear();
                rowValues.CopyTo(lastRow);
                rowValues = lastRow;
            }

            Span<byte> zeroPoints = codes[padded..];
            QuantizeRow(rowValues, codes[..padded], scales, zeroPoints);
            FloatRounding.Round(scales, _scaleType, scaleOutput.Slice(row * scaleRow, scaleRow), source.Name);
            CodePacking.Pack(codes[..padded], _format.Bits, codeOutput.Slice(row * codeRow, codeRow));
            if (_format.HasZeroPoints)
            {
                int zeroPointRow = OutputRowByteLengths[2];
                CodePacking.Pack(zeroPoints, _format.Bits, zeroPointOutput.Slice(row * zeroPointRow, zeroPointRow));
            }
        }
    }

    private void QuantizeRow(ReadOnlySpan<float> values, Span<byte> codes, Span<float> scales, Span<byte> zeroPoints)
    {
        int size = _format.BlockSize;
        for (int block = 0; block < _blocks; block++)
        {
            (float scale, int zeroPoint) = _fit.Quantize(values.Slice(block * size, size), [], codes.Slice(block * size, size));
            scales[block] = scale;
            zeroPoints[block] = (byte)zeroPoint;
        }
    }
}
