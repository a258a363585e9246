using ALoRA.Onnx.Export.Checkpoints;

namespace ALoRA.Onnx.Export.Weights;

/// <summary>A matrix that consists of the rows of one or several checkpoint tensors, one below the other.</summary>
internal sealed class MatrixPlan(IReadOnlyList<CheckpointTensor> parts, RowConverter converter, IReadOnlyList<StoredTensor> outputs) : WeightPlan
{
    public override IReadOnlyList<StoredTensor> Outputs => outputs;

    public override long SourceByteLength => parts.Sum(part => part.ByteLength);

    public override IEnumerable<WeightChunk> Chunks(int elementBudget)
    {
        long startOfPart = 0;
        foreach (CheckpointTensor part in parts)
        {
            int rows = (int)Math.Clamp(elementBudget / part.RowLength, 1, int.MaxValue);
            for (long row = 0; row < part.RowCount; row += rows)
            {
                int count = (int)Math.Min(rows, part.RowCount - row);
                yield return new RowChunk(this, part, row, count, startOfPart + row);
            }

            startOfPart += part.RowCount;
        }
    }

    private void Write(DataFile file, RowChunk chunk, ChunkBuffers buffers)
    {
        Span<byte> output = buffers.Output(checked(converter.OutputRowByteLengths.Sum() * chunk.RowCount));
        converter.Convert(chunk.Source, chunk.FirstRow, chunk.RowCount, buffers, output);
        foreach (StoredTensor tensor in outputs)
        {
            int length = tensor.RowByteLength * chunk.RowCount;
            file.Write(tensor, chunk.FirstOutputRow * tensor.RowByteLength, output[..length]);
            output = output[length..];
        }
    }

    private sealed record RowChunk(MatrixPlan Plan, CheckpointTensor Source, long FirstRow, int RowCount, long FirstOutputRow)
        : WeightChunk(RowCount * Source.RowByteLength)
    {
        public override void Write(DataFile file, ChunkBuffers buffers) => Plan.Write(file, this, buffers);
    }
}
