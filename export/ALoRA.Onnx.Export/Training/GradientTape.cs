using ALoRA.Onnx.Export.Graphs.Proto;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Training;

/// <summary>
/// Which values depend on what is trained, and how their gradients are made:
/// rules are written down in the order of the nodes and read backwards.
/// </summary>
/// <param name="nodes">Receives the nodes.</param>
/// <param name="sharesBytes">
/// Whether every stored tensor has whole bytes as elements, so that it can be handed to ONNX Runtime as memory that several graphs read.
/// </param>
/// <param name="decodedRows">As in <see cref="TrainingLayout"/>.</param>
internal sealed class GradientTape(TrainingNodes nodes, bool sharesBytes = false, int? decodedRows = null)
{
    private readonly Dictionary<string, DataType> _required = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _gradients = new(StringComparer.Ordinal);
    private readonly List<Action> _rules = [];

    /// <summary>Receives the nodes.</summary>
    public TrainingNodes Nodes => nodes;

    /// <summary>Whether stored tensors have whole bytes as elements.</summary>
    public bool SharesBytes => sharesBytes;

    /// <summary>Most rows that an operator of our own decodes at a time; null where there is none.</summary>
    public int? DecodedRows => decodedRows;

    /// <summary>Whether a value depends on something that is trained.</summary>
    public bool Requires(string value) => _required.ContainsKey(value);

    /// <summary>Element type of a value that depends on something that is trained.</summary>
    public DataType TypeOf(string value) => _required[value];

    /// <summary>Says that a value is trained, or depends on what is.</summary>
    public void Require(string value, DataType type) => _required[value] = type;

    /// <summary>Writes the rule of a node down that has one output.</summary>
    /// <param name="node">The node.</param>
    /// <param name="rule">Given the gradient of the output, gives those of the inputs.</param>
    /// <param name="type">Element type of the output; null for that of the inputs.</param>
    public void Record(NodeProto node, Action<string> rule, DataType? type = null) => Record(node.Output[0], node.Input, rule, type);

    /// <summary>Writes down how the gradient of a value is passed on.</summary>
    public void Record(string value, IEnumerable<string> inputs, Action<string> rule, DataType? type = null)
    {
        Require(value, type ?? TypeOf(inputs.First(Requires)));
        _rules.Add(() =>
        {
            if (Take(value) is { } gradient)
            {
                rule(gradient);
            }
        });
    }

    /// <summary>Writes the rule of a node down that has several outputs, each of which may be without a gradient.</summary>
    public void RecordAll(NodeProto node, Action<string?[]> rule)
    {
        DataType type = TypeOf(node.Input.First(Requires));
        foreach (string output in node.Output)
        {
            Require(output, type);
        }

        _rules.Add(() =>
        {
            string?[] gradients = [.. node.Output.Select(Take)];
            if (gradients.Any(gradient => gradient is not null))
            {
                rule(gradients);
            }
        });
    }

    /// <summary>Adds a part of a value's gradient, which is computed only if the value needs one.</summary>
    public void Give(string value, Func<string> gradient)
    {
        if (Requires(value))
        {
            Give(value, gradient());
        }
    }

    /// <summary>Adds a part of a value's gradient; nothing if the value needs none.</summary>
    public void Give(string value, string gradient)
    {
        if (!Requires(value))
        {
            return;
        }

        if (!_gradients.TryGetValue(value, out List<string>? parts))
        {
            _gradients[value] = parts = [];
        }

        parts.Add(gradient);
    }

    /// <summary>The sum of the parts that were given, taken away; null if there are none.</summary>
    public string? Take(string value) => !_gradients.Remove(value, out List<string>? parts) ? null
        : parts.Count == 1 ? parts[0]
        : nodes.Add("Sum", [.. parts]);

    /// <summary>Reads the rules backwards.</summary>
    public void Unwind()
    {
        for (int i = _rules.Count - 1; i >= 0; i--)
        {
            _rules[i]();
        }
    }

    /// <summary>All rows of a value below each other: <c>[batch · sequence, n]</c>.</summary>
    public string Rows(string value) => nodes.Add("Flatten", [value], Graphs.Attribute.Int("axis", 2));
}
