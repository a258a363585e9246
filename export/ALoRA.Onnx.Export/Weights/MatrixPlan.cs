namespace ALoRA.Onnx.Export.Weights;

/// <summary>A matrix that consists of the rows of one or several checkpoint tensors, one below the other.</summary>
/// <param name="parts">The tensors from top to bottom.</param>
/// <param name="converters">A converter for each part; all of them give rows of the same lengths.</param>
/// <param name="outputs">The stored tensors, in the order of the converters' outputs.</param>
internal sealed class MatrixPlan(
    IReadOnlyList<CheckpointTensor> parts, IReadOnlyList<RowConverter> converters, IReadOnlyList<StoredTensor> outputs) : WeightPlan
{
    public override IReadOnlyList<StoredTensor> Outputs => outputs;

    public override long SourceByteLength => parts.Sum(part => part.ByteLength);

    public override IEnumerable<WeightChunk> Chunks(int elementBudget)
    {
        long startOfPart = 0;
        foreach ((CheckpointTensor part, RowConverter converter) in parts.Zip(converters))
        {
            int rows = (int)Math.Clamp(elementBudget / part.RowLength, 1, int.MaxValue);
            for (long row = 0; row < part.RowCount; row += rows)
            {
                int count = (int)Math.Min(rows, part.RowCount - row);
                yield return new RowChunk(this, part, converter, row, count, startOfPart + row);
            }

            startOfPart += part.RowCount;
        }
    }

    private void Write(DataFile file, RowChunk chunk, ChunkBuffers buffers)
    {
        Span<byte> output = buffers.Output(checked(chunk.Converter.OutputRowByteLengths.Sum() * chunk.RowCount));
        chunk.Converter.Convert(chunk.Source, chunk.FirstRow, chunk.RowCount, buffers, output);
        foreach (StoredTensor tensor in outputs)
        {
            int length = tensor.RowByteLength * chunk.RowCount;
            file.Write(tensor, chunk.FirstOutputRow * tensor.RowByteLength, output[..length]);
            output = output[length..];
        }
    }

    private sealed record RowChunk(
        MatrixPlan Plan, CheckpointTensor Source, RowConverter Converter, long FirstRow, int RowCount, long FirstOutputRow)
        : WeightChunk(RowCount * Source.RowByteLength)
    {
        public override void Write(DataFile file, ChunkBuffers buffers) => Plan.Write(file, this, buffers);
    }
}
