using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Configuration;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>The tables of cosines and sines, and which of their rows a run takes. Layers with the same settings share them.</summary>
internal sealed class RotaryNodes(DecoderContext context)
{
    private const string Path = "/model/rotary_emb";

    /// <summary>Inputs that GroupQueryAttention has for the rotation.</summary>
    public const int MostInputs = 3;

    // GroupQueryAttention rotates in steps of so many elements.
    private const int Step = 16;

    private readonly Dictionary<RopeSettings, (string Cosines, string Sines, string? Rows)> _tables = [];
    private string? _positions;
    private string? _lengths;

    /// <summary>Whether GroupQueryAttention can do the rotation itself.</summary>
    public bool IsInAttention(RopeSettings rope) => context.Blueprint.HeadSize % Step == 0 && rope.RotaryDimension % Step == 0;

    /// <summary>GroupQueryAttention's inputs for the rotation: the tables, and their rows where these are not the positions.</summary>
    public string[] Inputs(RopeSettings rope)
    {
        (string cosines, string sines, string? rows) = Tables(rope);
        rows ??= context.Kind == GraphKind.Fanout ? GraphNames.PositionIds : null;
        return rows is null ? [cosines, sines] : [cosines, sines, rows];
    }

    /// <summary>Rotates queries or keys, <c>[batch, sequence, heads · head_dim]</c>, in a node of its own.</summary>
    public string Rotate(string path, RopeSettings rope, string value, int headCount)
    {
        (string cosines, string sines, string? rows) = Tables(rope);
        return context.Graph.Add(
            $"{path}/RotaryEmbedding", "RotaryEmbedding", [value, rows ?? Positions(), cosines, sines],
            Attribute.Int("num_heads", headCount),
            Attribute.Int("rotary_embedding_dim", rope.RotaryDimension == context.Blueprint.HeadSize ? 0 : rope.RotaryDimension));
    }

    private (string Cosines, string Sines, string? Rows) Tables(RopeSettings rope)
    {
        if (!_tables.TryGetValue(rope, out (string Cosines, string Sines, string? Rows) names))
        {
            string suffix = _tables.Count == 0 ? "" : $".{_tables.Count}";
            int positions = context.Blueprint.MaxPositions;
            int rows = RotaryTablePlan.RowCount(rope, positions);
            (StoredTensor cosines, StoredTensor sines) = context.Weights.Rotary($"model.rotary_emb{suffix}", rope, positions);
            names = (
                context.Graph.External(cosines.Name, cosines, rows, rope.RotaryDimension / 2),
                context.Graph.External(sines.Name, sines, rows, rope.RotaryDimension / 2),
                rope.SwitchesWithin(positions) ? Rows($"{Path}{suffix}", rope.OriginalMaxPositions) : null);
            _tables.Add(rope, names);
        }

        return names;
    }

    // The rows of long contexts stand behind those of short ones.
    // The length of the whole context decides, which a run that computes a part of it gives in an input of its own; in a batch each row's.
    private string Rows(string path, int shortRows)
    {
        GraphBuilder graph = context.Graph;
        string length = context.Kind.IsBatch() ? _lengths ??= graph.Input(GraphNames.RotaryLength, DataType.Int64, "batch", "sequence")
            : AddLength(path);
        string isLong = graph.Add($"{path}/Greater", "Greater", [length, graph.Scalar((long)shortRows)]);
        string factor = graph.Add($"{path}/Cast", "Cast", [isLong], Attribute.Int("to", (int)DataType.Int64));
        string offset = graph.Add($"{path}/Mul", "Mul", [factor, graph.Scalar((long)shortRows)]);
        return graph.Add($"{path}/Add", "Add", [Positions(), offset]);
    }

    private string AddLength(string path)
    {
        string total = context.Graph.Add(
            $"{path}/total/Cast", "Cast", [GraphNames.TotalLength], Attribute.Int("to", (int)DataType.Int64));
        return context.Graph.Add($"{path}/Max", "Max", [total, context.Graph.OverridableScalar(GraphNames.RotaryLength)]);
    }

    private string Positions() =>
        _positions ??= context.Kind == GraphKind.Fanout || context.Kind.IsBatch() ? GraphNames.PositionIds : AddPositions();

    // A padded row of a first prompt is shorter than the sequence and begins at 0 like the others.
    private string AddPositions()
    {
        GraphBuilder graph = context.Graph;
        const string Place = $"{Path}/positions";
        string shape = graph.Add($"{Place}/Shape", "Shape", [GraphNames.InputIds], Attribute.Int("start", 1), Attribute.Int("end", 2));
        string last = graph.Add($"{Place}/Cast", "Cast", [GraphNames.SequenceLengths], Attribute.Int("to", (int)DataType.Int64));
        string length = graph.Add($"{Place}/length/Add", "Add", [last, graph.Vector(1)]);
        string start = graph.Add($"{Place}/Sub", "Sub", [length, shape]);
        string first = graph.Add($"{Place}/Max", "Max", [start, graph.Vector(0)]);
        string column = graph.Add($"{Place}/Unsqueeze", "Unsqueeze", [first, graph.Vector(1)]);
        string count = graph.Add($"{Place}/Squeeze", "Squeeze", [shape, graph.Vector(0)]);
        string steps = graph.Add($"{Place}/Range", "Range", [graph.Scalar(0L), count, graph.Scalar(1L)]);
        return graph.Add($"{Place}/Add", "Add", [column, steps]);
    }
}
