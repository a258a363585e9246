using ALoRA.Onnx.Export.Configuration;
using ALoRA.Onnx.Export.ModelFolders;

namespace ALoRA.Onnx.Export.Weights;

/// <summary>Cosines and sines for every position: two tables <c>[positions, rotary dimension / 2]</c> in the activation type.</summary>
internal sealed class RotaryTablePlan(RopeSettings rope, int positions, ActivationType type, StoredTensor cosines, StoredTensor sines) : WeightPlan
{
    private readonly float[] _frequencies = RotaryFrequencies.Compute(rope);

    public override IReadOnlyList<StoredTensor> Outputs { get; } = [cosines, sines];

    public override long SourceByteLength => 0;

    public override IEnumerable<WeightChunk> Chunks(int elementBudget)
    {
        int rows = Math.Max(1, elementBudget / _frequencies.Length);
        for (int first = 0; first < positions; first += rows)
        {
            yield return new Positions(this, first, Math.Min(rows, positions - first));
        }
    }

    private void Write(DataFile file, int firstPosition, int count, ChunkBuffers buffers)
    {
        Fill(file, cosines, firstPosition, count, buffers, MathF.Cos);
        Fill(file, sines, firstPosition, count, buffers, MathF.Sin);
    }

    private void Fill(DataFile file, StoredTensor table, int firstPosition, int count, ChunkBuffers buffers, Func<float, float> function)
    {
        Span<float> values = buffers.Floats(count * _frequencies.Length);
        for (int i = 0; i < values.Length; i++)
        {
            (int row, int pair) = Math.DivRem(i, _frequencies.Length);
            values[i] = function((firstPosition + row) * _frequencies[pair]);
        }

        Span<byte> bytes = buffers.Output(values.Length * type.ByteSize());
        FloatRounding.Round(values, type, bytes, table.Name);
        file.Write(table, (long)firstPosition * table.RowByteLength, bytes);
    }

    private sealed record Positions(RotaryTablePlan Plan, int First, int Count) : WeightChunk(0)
    {
        public override void Write(DataFile file, ChunkBuffers buffers) => Plan.Write(file, First, Count, buffers);
    }
}
