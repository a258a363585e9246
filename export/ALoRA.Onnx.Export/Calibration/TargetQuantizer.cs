using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Calibration;

/// <summary>Quantizes the parts of one projection by the second moments of their input.</summary>
internal sealed class TargetQuantizer(
    QuantizedRows rows, ActivationType scaleType, CalibrationTarget target, float damping, ProgressMeter meter)
{
    private const int RowsOfChunk = 8;

    /// <summary>Quantizes all rows. The moments are given up.</summary>
    public void Run(float[] moments, CancellationToken cancellationToken)
    {
        BlockOrder order = BlockOrder.ByImportance(moments, target.Columns, target.Format.BlockSize);
        ErrorFeedback feedback = ErrorFeedback.Create(order.Permute(moments), target.Columns, damping, cancellationToken);
        BlockFit fit = BlockFit.For(QuantizationMethod.Gptq, target.Format, scaleType);
        FeedbackQuantizer quantizer = new(target.Format, fit, order, feedback);
        ParallelOptions options = new() { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        foreach (CheckpointTensor part in target.Parts)
        {
            int chunks = checked((int)((part.RowCount + RowsOfChunk - 1) / RowsOfChunk));
            Parallel.For(0, chunks, options, () => new ChunkBuffers(), (chunk, _, buffers) =>
            {
                long first = (long)chunk * RowsOfChunk;
                int count = (int)Math.Min(RowsOfChunk, part.RowCount - first);
                Quantize(quantizer, part, first, count, buffers);
                meter.Add(part.RowByteLength * count);
                return buffers;
            }, _ => { });
        }
    }

    private void Quantize(FeedbackQuantizer quantizer, CheckpointTensor part, long firstRow, int rowCount, ChunkBuffers buffers)
    {
        int columns = target.Columns;
        int blocks = target.Format.BlocksOf(columns);
        int padded = blocks * target.Format.BlockSize;
        Span<float> memory = buffers.Floats((rowCount * columns) + (rowCount * blocks) + quantizer.MemoryLength);
        Span<float> values = memory[..(rowCount * columns)];
        Span<float> scales = memory.Slice(values.Length, rowCount * blocks);
        Span<byte> codes = buffers.Source(rowCount * (padded + blocks));
        Span<byte> zeroPoints = codes[(rowCount * padded)..];
        part.ReadRowsAsFloat(firstRow, rowCount, values);
        for (int row = 0; row < rowCount; row++)
        {
            quantizer.Quantize(
                values.Slice(row * columns, columns),
                codes.Slice(row * padded, padded),
                scales.Slice(row * blocks, blocks),
                zeroPoints.Slice(row * blocks, blocks),
                memory[(values.Length + scales.Length)..]);
        }

        Write(part, firstRow, rowCount, codes[..(rowCount * padded)], scales, zeroPoints, buffers);
    }

    private void Write(
        CheckpointTensor part, long firstRow, int rowCount, ReadOnlySpan<byte> codes, ReadOnlySpan<float> scales,
        ReadOnlySpan<byte> zeroPoints, ChunkBuffers buffers)
    {
        MatrixFormat.Blocks format = target.Format;
        int blocks = format.BlocksOf(target.Columns);
        IReadOnlyList<int> lengths = format.RowByteLengths(target.Columns, scaleType);
        int codeRow = lengths[0];
        int scaleRow = lengths[1];
        Span<byte> output = buffers.Output(rowCount * Math.Max(codeRow, scaleRow));
        CodePacking.Pack(codes, format.Bits, output[..(rowCount * codeRow)]);
        rows.Write(part.Name, firstRow * codeRow, output[..(rowCount * codeRow)]);
        long section = part.RowCount * codeRow;
        FloatRounding.Round(scales, scaleType, output[..(rowCount * scaleRow)], part.Name);
        rows.Write(part.Name, section + (firstRow * scaleRow), output[..(rowCount * scaleRow)]);
        if (!format.HasZeroPoints)
        {
            return;
        }

        section += part.RowCount * scaleRow;
        int zeroPointRow = lengths[2];
        for (int row = 0; row < rowCount; row++)
        {
            CodePacking.Pack(zeroPoints.Slice(row * blocks, blocks), format.Bits, output[..zeroPointRow]);
            rows.Write(part.Name, section + ((firstRow + row) * zeroPointRow), output[..zeroPointRow]);
        }
    }
}
