using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>Rounds rows to the nearest codes, block by block, in MatMulNBits' layout: codes, scales, and zero points if asymmetric.</summary>
internal sealed class BlockQuantizer : RowConverter
{
    private readonly MatrixFormat.Blocks _format;
    private readonly ActivationType _scaleType;
    private readonly int _columns;
    private readonly int _blocks;

    public BlockQuantizer(MatrixFormat.Blocks format, ActivationType scaleType, int columns)
    {
        _format = format;
        _scaleType = scaleType;
        _columns = columns;
        _blocks = format.BlocksOf(columns);
        int scales = _blocks * scaleType.ByteSize();
        int codes = _blocks * format.BlockByteLength;
        OutputRowByteLengths = format.HasZeroPoints ? [codes, scales, format.ZeroPointByteLength(columns)] : [codes, scales];
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
        int highest = (1 << _format.Bits) - 1;
        for (int block = 0; block < _blocks; block++)
        {
            ReadOnlySpan<float> blockValues = values.Slice(block * size, size);
            (float scale, int zeroPoint) = _format.HasZeroPoints
                ? BlockScales.Asymmetric(blockValues, highest)
                : (BlockScales.Symmetric(blockValues, _format.Bits), 1 << (_format.Bits - 1));
            scale = RoundedScale(scale);
            scales[block] = scale;
            zeroPoints[block] = (byte)zeroPoint;
            BlockCodes.Round(blockValues, scale, zeroPoint, highest, codes.Slice(block * size, size));
        }
    }

    // The codes have to fit the scale as it is stored.
    private float RoundedScale(float scale)
    {
        switch (_scaleType)
        {
            case ActivationType.Float16:
                return (float)(Half)scale;
            case ActivationType.BFloat16:
                Span<byte> bytes = stackalloc byte[sizeof(uint)];
                bytes.Clear();
                FloatRounding.Round([scale], ActivationType.BFloat16, bytes[2..], "scale");
                return MemoryMarshal.Read<float>(bytes);
            default:
                return scale;
        }
    }
}
