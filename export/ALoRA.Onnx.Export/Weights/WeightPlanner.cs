using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Configuration;
using ALoRA.Onnx.Export.ModelFolders;

namespace ALoRA.Onnx.Export.Weights;

/// <summary>Collects what the data file will hold while the graph is built. The same request twice gives the same stored tensors.</summary>
internal sealed class WeightPlanner(IReadOnlyDictionary<string, CheckpointTensor> tensors, ActivationType type)
{
    private readonly List<WeightPlan> _plans = [];
    private readonly Dictionary<string, PlannedMatrix> _tables = new(StringComparer.Ordinal);

    /// <summary>All plans in the order of the requests.</summary>
    public IReadOnlyList<WeightPlan> Plans => _plans;

    /// <summary>A vector of the activation type: norm weights, biases.</summary>
    public StoredTensor Vector(string name, IReadOnlyList<string> parts)
    {
        CheckpointTensor[] sources = [.. parts.Select(part => tensors[part])];
        StoredTensor stored = new(name, 1, checked((int)sources.Sum(source => source.ElementCount) * type.ByteSize()));
        _plans.Add(new VectorPlan(sources, type, stored));
        return stored;
    }

    /// <summary>The embedding table or the head; where both are the same tensor in the same format, its bytes are stored once.</summary>
    public PlannedMatrix Table(string tensor)
    {
        if (!_tables.TryGetValue(tensor, out PlannedMatrix? table))
        {
            table = FloatMatrix(tensor, [tensors[tensor]]);
            _tables.Add(tensor, table);
        }

        return table;
    }

    /// <summary>The base weights of a projection: one matrix, or several where the parts are held differently.</summary>
    public IReadOnlyList<PlannedMatrix> Projection(string path, ProjectionBlueprint projection) =>
        [FloatMatrix($"{path}.weight", [.. projection.Parts.Select(part => tensors[part.Weight])])];

    /// <summary>The tables of cosines and sines.</summary>
    public (StoredTensor Cosines, StoredTensor Sines) Rotary(string name, RopeSettings rope, int positions)
    {
        int rowByteLength = rope.RotaryDimension / 2 * type.ByteSize();
        StoredTensor cosines = new($"{name}.cos_cache", positions, rowByteLength);
        StoredTensor sines = new($"{name}.sin_cache", positions, rowByteLength);
        _plans.Add(new RotaryTablePlan(rope, positions, type, cosines, sines));
        return (cosines, sines);
    }

    private PlannedMatrix FloatMatrix(string name, IReadOnlyList<CheckpointTensor> parts)
    {
        int columns = checked((int)parts[0].RowLength);
        int rows = checked((int)parts.Sum(part => part.RowCount));
        RowConverter converter = new FloatConverter(type, columns);
        StoredTensor stored = new(name, rows, converter.OutputRowByteLengths[0]);
        _plans.Add(new MatrixPlan(parts, converter, [stored]));
        return new PlannedMatrix(name, rows, columns, new MatrixFormat.Float(), [stored]);
    }
}
