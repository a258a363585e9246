using ALoRA.Onnx.Export.Graphs.Proto;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>
/// Heads of an attention node: <c>[B, S, heads · size]</c> to <c>[B, key heads, group · S, size]</c>, the query heads of a group below each
/// other, and back.
/// </summary>
internal sealed class AttentionHeads
{
    private readonly NodeProto _node;
    private readonly TrainingNodes _nodes;
    private readonly TrainingInputs _inputs;
    private readonly string _positions;

    public AttentionHeads(NodeProto node, TrainingNodes nodes, TrainingInputs inputs)
    {
        const int Cosines = 7;
        const int Rows = 9;
        const int LastInput = 9;
        if (node.Input.Skip(LastInput + 1).Any(input => input.Length > 0)
            || node.Int("rotary_interleaved") != 0
            || node.Int("smooth_softmax") != 0)
        {
            throw GradientRules.NoRule(node, "a bias, sinks or interleaved rotation");
        }

        (_node, _nodes, _inputs) = (node, nodes, inputs);
        Count = node.Int("num_heads");
        KeyCount = node.Int("kv_num_heads");
        (PastKey, PastValue, Size) = inputs.Past(node);
        Scale = node.Float("scale") is var given and not 0 ? given : 1 / MathF.Sqrt(Size);
        _positions = inputs.PositionsFor(node.Optional(Rows));
        RotatedSize = node.Int("do_rotary") == 1 ? 2 * nodes.Initializer(node.Input[Cosines]).Dims[1] : 0;
    }

    /// <summary>Number of query heads.</summary>
    public long Count { get; }

    /// <summary>Number of key heads.</summary>
    public long KeyCount { get; }

    /// <summary>Query heads for each key head.</summary>
    public long Group => Count / KeyCount;

    /// <summary>Elements of a head.</summary>
    public long Size { get; }

    /// <summary>What scores are multiplied by.</summary>
    public float Scale { get; }

    /// <summary>Keys of the prefix.</summary>
    public string PastKey { get; }

    /// <summary>Values of the prefix.</summary>
    public string PastValue { get; }

    // Elements of a head that the node rotates itself.
    private long RotatedSize { get; }

    /// <summary>Queries, keys and values out of one value.</summary>
    public string[] Split(string value) => _nodes.Add(
        "Split", 3, [value, _nodes.Vector(Count * Size, KeyCount * Size, KeyCount * Size)], Attribute.Int("axis", -1));

    /// <summary>Rotates heads, or rotates them back.</summary>
    public string Rotate(string value, long count, bool back)
    {
        if (RotatedSize == 0)
        {
            return value;
        }

        string sines = _inputs.Wide(_node.Input[8]);
        sines = back ? _inputs.Negative(sines) : sines;
        return _nodes.Add(
            "RotaryEmbedding", [value, _positions, _inputs.Wide(_node.Input[7]), sines],
            Attribute.Int("num_heads", count), Attribute.Int("rotary_embedding_dim", RotatedSize == Size ? 0 : RotatedSize));
    }

    /// <summary>Query heads of a group below each other.</summary>
    public string Queries(string value)
    {
        string heads = _nodes.Add("Reshape", [value, _nodes.Vector(0, 0, KeyCount, Group, Size)]);
        string grouped = _nodes.Add("Transpose", [heads], Attribute.Ints("perm", [0, 2, 3, 1, 4]));
        return _nodes.Add("Reshape", [grouped, _nodes.Vector(0, 0, -1, Size)]);
    }

    /// <summary>The reverse of <see cref="Queries"/>, in five dimensions still.</summary>
    public string MergeQueries(string value)
    {
        string heads = _nodes.Add("Reshape", [value, _nodes.Vector(0, 0, Group, -1, Size)]);
        return _nodes.Add("Transpose", [heads], Attribute.Ints("perm", [0, 3, 1, 2, 4]));
    }

    /// <summary>Key or value heads.</summary>
    public string Keys(string value) => _nodes.Add(
        "Transpose", [_nodes.Add("Reshape", [value, _nodes.Vector(0, 0, KeyCount, Size)])], Attribute.Ints("perm", [0, 2, 1, 3]));

    /// <summary>The reverse of <see cref="Keys"/>.</summary>
    public string MergeKeys(string value) => _nodes.Add(
        "Reshape",
        [_nodes.Add("Transpose", [value], Attribute.Ints("perm", [0, 2, 1, 3])), _nodes.Vector(0, 0, KeyCount * Size)]);
}
