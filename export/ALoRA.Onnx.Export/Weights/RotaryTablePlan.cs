using ALoRA.Onnx.Export.Configuration;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.Weights;

/// <summary>Cosines and sines for every position: two tables <c>[rows, rotary dimension / 2]</c> in the activation type.</summary>
/// <remarks>
/// Where the frequencies switch with the length of the context, the rows of short contexts
/// stand first and those of long ones, from position 0 again, after them.
/// </remarks>
internal sealed class RotaryTablePlan : WeightPlan
{
    private readonly ActivationType _type;
    private readonly float _factor;
    private readonly StoredTensor _cosines;
    private readonly StoredTensor _sines;
    private readonly float[] _frequencies;
    private readonly float[] _longFrequencies;
    private readonly int _rows;
    private readonly int _shortRows;

    public RotaryTablePlan(RopeSettings rope, int positions, ActivationType type, string name)
    {
        _type = type;
        _factor = (float)rope.AttentionFactor;
        _frequencies = RotaryFrequencies.Compute(rope, isLong: false);
        _longFrequencies = RotaryFrequencies.Compute(rope, isLong: true);
        _rows = RowCount(rope, positions);
        _shortRows = rope.SwitchesWithin(positions) ? rope.OriginalMaxPositions : positions;
        _cosines = new StoredTensor($"{name}.cos_cache", _rows, _frequencies.Length * type.ByteSize());
        _sines = new StoredTensor($"{name}.sin_cache", _rows, _frequencies.Length * type.ByteSize());
        Outputs = [_cosines, _sines];
    }

    public override IReadOnlyList<StoredTensor> Outputs { get; }

    public override long SourceByteLength => 0;

    /// <summary>Rows of the tables.</summary>
    public static int RowCount(RopeSettings rope, int positions) =>
        rope.SwitchesWithin(positions) ? checked(rope.OriginalMaxPositions + positions) : positions;

    public override IEnumerable<WeightChunk> Chunks(int elementBudget)
    {
        int rows = Math.Max(1, elementBudget / _frequencies.Length);
        for (int first = 0; first < _rows; first += rows)
        {
            yield return new Rows(this, first, Math.Min(rows, _rows - first));
        }
    }

    private void Write(DataFile file, int firstRow, int count, ChunkBuffers buffers)
    {
        Fill(file, _cosines, firstRow, count, buffers, MathF.Cos);
        Fill(file, _sines, firstRow, count, buffers, MathF.Sin);
    }

    private void Fill(DataFile file, StoredTensor table, int firstRow, int count, ChunkBuffers buffers, Func<float, float> function)
    {
        Span<float> values = buffers.Floats(count * _frequencies.Length);
        for (int i = 0; i < values.Length; i++)
        {
            (int row, int pair) = Math.DivRem(i, _frequencies.Length);
            row += firstRow;
            float angle = row < _shortRows ? row * _frequencies[pair] : (row - _shortRows) * _longFrequencies[pair];
            values[i] = function(angle) * _factor;
        }

        Span<byte> bytes = buffers.Output(values.Length * _type.ByteSize());
        FloatRounding.Round(values, _type, bytes, table.Name);
        file.Write(table, (long)firstRow * table.RowByteLength, bytes);
    }

    private sealed record Rows(RotaryTablePlan Plan, int First, int Count) : WeightChunk(0)
    {
        public override void Write(DataFile file, ChunkBuffers buffers) => Plan.Write(file, First, Count, buffers);
    }
}
