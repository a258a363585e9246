using System.Globalization;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Graphs.Proto;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Training;

/// <summary>Inputs of a training graph, and the values that all layers make of them once.</summary>
/// <remarks>
/// Symbols: B sequences of the batch, S rows of each, P rows of the longest prefix, T = P + S, n rows that reach the head.
/// </remarks>
internal sealed class TrainingInputs
{
    public const string Labels = "labels";
    public const string Weights = "weights";
    public const string RotaryRows = "rotary_rows";
    public const string PrefixBlocks = "prefix_blocks";

    private readonly TrainingNodes _nodes;
    private readonly Dictionary<string, string> _made = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeProto> _producers;

    private readonly int _pageSize;

    public TrainingInputs(TrainingNodes nodes, TrainingLayout layout)
    {
        _nodes = nodes;
        _pageSize = layout.PageSize;
        HasPrefix = layout.HasPrefix;
        Narrow = TypeOf(GraphNames.ActivationMask);
        _producers = nodes.Source.Node.SelectMany(node => node.Output.Where(output => output.Length > 0).Select(output => (output, node)))
            .ToDictionary(pair => pair.output, pair => pair.node, StringComparer.Ordinal);
    }

    /// <summary>Whether rows stand behind a prefix of which only keys and values are known.</summary>
    public bool HasPrefix { get; }

    /// <summary>What the inference graph computes in. Here it is the type of products with its weights and prefixes alone.</summary>
    public DataType Narrow { get; }

    /// <summary>Element type of keys and values of prefixes.</summary>
    public DataType Cached { get; private set; } = DataType.Float;

    /// <summary>Windows of the layers; 0 stands for none.</summary>
    public SortedSet<long> Windows { get; } = [];

    /// <summary>Name of the bias of scores, float32 <c>[B, 1, S, T]</c>, in layers with a window, or 0 for none.</summary>
    public static string BiasOf(long window) =>
        window == 0 ? GraphNames.AttentionBias : string.Create(CultureInfo.InvariantCulture, $"{GraphNames.AttentionBias}.{window}");

    /// <summary>Name of the dropout mask of a branch, <c>[B, S or n, in]</c>.</summary>
    public static string DropoutOf(string prefix) => $"{prefix}.dropout";

    /// <summary>Declares what every graph has.</summary>
    public void Declare()
    {
        _nodes.Input(GraphNames.InputIds, DataType.Int64, "B", "S");
        _nodes.Input(GraphNames.PositionIds, DataType.Int64, "B", "S");
        _nodes.Input(RotaryRows, DataType.Int64, "B", "S");
        _nodes.Input(GraphNames.ActivationMask, DataType.Float, "B", "S", 1);
        _nodes.Input(GraphNames.LogitsPositions, DataType.Int64, "n");
        _nodes.Input(Labels, DataType.Int64, "B", "n");
        _nodes.Input(Weights, DataType.Float, "B", "n");
    }

    /// <summary>Declares keys and values of a layer's prefix.</summary>
    /// <returns>Their names, and the number of elements of a head.</returns>
    public (string Key, string Value, long Size) Past(NodeProto attention)
    {
        foreach (string name in attention.Input.Skip(3).Take(2))
        {
            ValueInfoProto input = _nodes.Source.Input.First(input => input.Name == name).Clone();
            Cached = (DataType)input.Type.TensorType.ElemType;
            if (HasPrefix && _made.TryAdd(name, name))
            {
                TensorShapeProto shape = input.Type.TensorType.Shape;
                AddPast(name, shape.Dim[1].DimValue, shape.Dim[3].DimValue);
            }
        }

        ValueInfoProto key = _nodes.Source.Input.First(input => input.Name == attention.Input[3]);
        return (attention.Input[3], attention.Input[4], key.Type.TensorType.Shape.Dim[3].DimValue);
    }

    /// <summary>
    /// Lengths of prefix and suffix along the columns of the scores, as Split wants them.
    /// </summary>
    public string Columns(string pastKey) => Made("columns", () => _nodes.Add(
        "Concat",
        [
            _nodes.Add("Shape", [pastKey], Attribute.Int("start", 2), Attribute.Int("end", 3)),
            _nodes.Add("Shape", [GraphNames.InputIds], Attribute.Int("start", 1), Attribute.Int("end", 2)),
        ],
        Attribute.Int("axis", 0)));

    /// <summary>The bias for query heads of a group below each other, <c>[B, 1, group · S, T]</c>.</summary>
    public string Bias(long window, long group)
    {
        string bias = BiasOf(window);
        if (Windows.Add(window))
        {
            _nodes.Input(bias, DataType.Float, "B", 1, "S", "T");
        }

        return group == 1 ? bias : Made(string.Create(CultureInfo.InvariantCulture, $"{bias}/{group}"), () =>
        {
            string wide = _nodes.Add(
                "Expand", [_nodes.Add("Unsqueeze", [bias, _nodes.Vector(1)]), _nodes.Vector(1, 1, group, 1, 1)]);
            string columns = _nodes.Add("Shape", [bias], Attribute.Int("start", 3));
            string shape = _nodes.Add("Concat", [_nodes.Vector(0, 1, -1), columns], Attribute.Int("axis", 0));
            return _nodes.Add("Reshape", [wide, shape]);
        });
    }

    /// <summary>
    /// What takes the place of the positions in a rotation: rows of tables, which switch with the length of the context in some models.
    /// </summary>
    /// <param name="rows">What the inference graph has there; null for the positions.</param>
    public string PositionsFor(string? rows) =>
        rows is not null && DependsOn(rows, GraphNames.TotalLength, []) ? RotaryRows : GraphNames.PositionIds;

    /// <summary>The mask of rows that are adapted, for all rows or those that reach the head: <c>[B, S or n, 1]</c>.</summary>
    public string Mask(bool selected) => !selected ? GraphNames.ActivationMask : Made("mask", () => _nodes.Add(
        "Gather", [GraphNames.ActivationMask, GraphNames.LogitsPositions], Attribute.Int("axis", 1)));

    /// <summary>Whether a value of the inference graph is that of the rows that reach the head.</summary>
    public bool IsSelected(string value) => DependsOn(value, GraphNames.LogitsPositions, []);

    /// <summary>One in row s, column i where s is the i-th of the rows that reach the head: <c>[S, n]</c>.</summary>
    public string Selection() => Made("selection", () =>
    {
        string sequence = _nodes.Add("Shape", [GraphNames.InputIds], Attribute.Int("start", 1), Attribute.Int("end", 2));
        string depth = _nodes.Add("Squeeze", [sequence, _nodes.Vector(0)]);
        string ones = _nodes.Add("OneHot", [GraphNames.LogitsPositions, depth, _nodes.Vector(0, 1)], Attribute.Int("axis", 0));
        return _nodes.Add("Cast", [ones], Attribute.Int("to", (int)DataType.Float));
    });

    /// <summary>A table of sines with the other sign, which rotates back.</summary>
    public string Negative(string sines) => Made($"-{sines}", () => _nodes.Add("Neg", [sines]));

    /// <summary>Whether a value is stored in 16 bits.</summary>
    public bool IsNarrow(string value) =>
        _nodes.IsStored(value) && (DataType)_nodes.Initializer(value).DataType is DataType.Float16 or DataType.Bfloat16;

    /// <summary>A stored value as float32, in which everything but the large products is computed.</summary>
    public string Wide(string value) => !IsNarrow(value)
        ? value
        : Made($"wide/{value}", () => _nodes.Add("Cast", [value], Attribute.Int("to", (int)DataType.Float)));

    /// <summary>Name of the pages of a past key or value, <c>[pages · heads, page size, head size]</c>.</summary>
    public static string PagesOf(string past) => $"{past}.pages";

    // A page has the rows of each head one after another, so that a batch reads blocks of rows and nothing is transposed.
    private void AddPast(string name, long heads, long size)
    {
        if (_pageSize == 0)
        {
            _nodes.Input(name, Cached, "B", heads, "P", size);
            return;
        }

        _ = Made(PrefixBlocks, () => _nodes.Input(PrefixBlocks, DataType.Int64, "B", heads, "Q"));
        string pages = _nodes.Input(PagesOf(name), Cached, "K", _pageSize, size);
        string rows = _nodes.Add("Gather", [pages, PrefixBlocks], Attribute.Int("axis", 0));
        _nodes.AddNamed(name, "Reshape", [rows, _nodes.Vector(0, 0, -1, size)]);
    }

    private DataType TypeOf(string input) =>
        _nodes.Source.Input.FirstOrDefault(each => each.Name == input) is { } found
            ? (DataType)found.Type.TensorType.ElemType
            : DataType.Float;

    private string Made(string key, Func<string> make) => _made.TryGetValue(key, out string? value) ? value : _made[key] = make();

    private bool DependsOn(string value, string input, HashSet<string> seen) => value == input
        || (seen.Add(value) && _producers.TryGetValue(value, out NodeProto? node) && node.Input.Any(one => DependsOn(one, input, seen)));
}
