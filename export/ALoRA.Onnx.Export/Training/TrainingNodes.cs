using System.Globalization;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Graphs;
using ALoRA.Onnx.Export.Graphs.Proto;
using Google.Protobuf;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Training;

/// <summary>
/// A training graph while it grows: nodes of the inference graph, and ours between them, whose names begin with <c>train/</c>.
/// </summary>
internal sealed class TrainingNodes
{
    private const string ContribDomain = "com.microsoft";

    private readonly GraphProto _graph = new() { Name = "train" };
    private readonly Dictionary<string, TensorProto> _initializers;
    private int _count;

    /// <param name="source">The inference graph, whose initializers are taken over as they are.</param>
    public TrainingNodes(GraphProto source)
    {
        Source = source;
        _initializers = source.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>The inference graph.</summary>
    public GraphProto Source { get; }

    /// <summary>Adds a node with one output and returns the name of its value.</summary>
    public string Add(string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        Add(operation, 1, inputs, attributes)[0];

    /// <summary>Adds a node with several outputs and returns the names of its values.</summary>
    public string[] Add(string operation, int outputCount, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"train/{_count++}/{operation}");
        string[] outputs =
            [.. Enumerable.Range(0, outputCount).Select(i => string.Create(CultureInfo.InvariantCulture, $"{name}/{i}"))];
        NodeProto node = Make(name, operation, inputs, attributes);
        node.Output.AddRange(outputs);
        _graph.Node.Add(node);
        return outputs;
    }

    /// <summary>Adds a node whose value has a name that other nodes know already.</summary>
    public void AddNamed(
        string output, string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        NodeProto node = Make(string.Create(CultureInfo.InvariantCulture, $"train/{_count++}/{operation}"), operation, inputs, attributes);
        node.Output.Add(output);
        _graph.Node.Add(node);
    }

    /// <summary>Takes over a node as it is.</summary>
    public void Add(NodeProto node) => _graph.Node.Add(node);

    /// <summary>Declares an input; a dimension is a number or a symbol.</summary>
    public string Input(string name, DataType type, params ReadOnlySpan<Graphs.Dimension> shape)
    {
        TensorShapeProto dimensions = new();
        foreach (Graphs.Dimension dimension in shape)
        {
            dimensions.Dim.Add(dimension.ToProto());
        }

        TypeProto.Types.Tensor tensor = new() { ElemType = (int)type, Shape = dimensions };
        _graph.Input.Add(new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } });
        return name;
    }

    /// <summary>Gives a value to the outside under a name.</summary>
    public void Output(string name, string value, DataType type)
    {
        AddNamed(name, "Identity", [value]);
        TypeProto.Types.Tensor tensor = new() { ElemType = (int)type };
        _graph.Output.Add(new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } });
    }

    /// <summary>A constant int64 vector.</summary>
    public string Vector(params ReadOnlySpan<long> values) =>
        Constant($"train/vector/{Join(values)}", DataType.Int64, [values.Length], MemoryMarshal.AsBytes(values));

    /// <summary>A constant float32 scalar.</summary>
    public string Scalar(float value) => Constant(
        string.Create(CultureInfo.InvariantCulture, $"train/scalar/{value:R}"), DataType.Float, [], MemoryMarshal.AsBytes([value]));

    /// <summary>A constant of any type, made once a name.</summary>
    public string Constant(string name, DataType type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes)
    {
        if (!_initializers.ContainsKey(name))
        {
            TensorProto tensor = new() { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
            tensor.Dims.AddRange(shape.ToArray());
            _initializers.Add(name, tensor);
        }

        return name;
    }

    /// <summary>The bytes of an initializer under another name, with another type or shape: nothing is copied.</summary>
    public string View(string initializer, DataType? type, params ReadOnlySpan<long> shape)
    {
        string name = $"{initializer}/rows";
        if (!_initializers.ContainsKey(name))
        {
            TensorProto tensor = Initializer(initializer).Clone();
            tensor.Name = name;
            tensor.DataType = (int?)type ?? tensor.DataType;
            tensor.Dims.Clear();
            tensor.Dims.AddRange(shape.ToArray());
            _initializers.Add(name, tensor);
        }

        return name;
    }

    /// <summary>An initializer of the inference graph.</summary>
    public TensorProto Initializer(string name) => _initializers.TryGetValue(name, out TensorProto? tensor)
        ? tensor
        : throw new CheckpointFormatException(
            $"The graph's value '{name}': expected a stored tensor, got a computed one. Export the checkpoint again.");

    /// <summary>Whether a value is stored, not computed.</summary>
    public bool IsStored(string name) => _initializers.ContainsKey(name);

    /// <summary>Where a vector of several values begins and ends along an axis: their sizes, as Split wants them.</summary>
    public string SizesAlong(IReadOnlyList<string> values, long axis)
    {
        string[] sizes =
        [
            .. values.Select(value => axis == -1
                ? Add("Shape", [value], Graphs.Attribute.Int("start", axis))
                : Add("Shape", [value], Graphs.Attribute.Int("start", axis), Graphs.Attribute.Int("end", axis + 1))),
        ];
        return sizes.Length == 1 ? sizes[0] : Add("Concat", sizes, Graphs.Attribute.Int("axis", 0));
    }

    /// <summary>The finished graph, without what no output is made of.</summary>
    public ModelProto Build(ModelProto source)
    {
        HashSet<string> wanted = _graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        List<NodeProto> kept = [];
        foreach (NodeProto node in _graph.Node.Reverse())
        {
            if (node.Output.Any(wanted.Contains))
            {
                wanted.UnionWith(node.Input);
                kept.Add(node);
            }
        }

        kept.Reverse();
        FoldOutputs(kept);
        _graph.Node.Clear();
        _graph.Node.AddRange(kept);
        ValueInfoProto[] inputs = [.. _graph.Input.Where(input => wanted.Contains(input.Name))];
        _graph.Input.Clear();
        _graph.Input.AddRange(inputs);
        HashSet<string> given = inputs.Select(input => input.Name).ToHashSet(StringComparer.Ordinal);
        _graph.Initializer.AddRange(_initializers.Values.Where(tensor => wanted.Contains(tensor.Name) && !given.Contains(tensor.Name)));
        ModelProto model = new()
        {
            IrVersion = 10,
            ProducerName = source.ProducerName,
            ProducerVersion = source.ProducerVersion,
            Graph = _graph,
        };
        model.OpsetImport.AddRange(source.OpsetImport);
        if (kept.Any(node => node.Domain == GraphBuilder.OwnDomain) && source.OpsetImport.All(one => one.Domain != GraphBuilder.OwnDomain))
        {
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = GraphBuilder.OwnDomain, Version = 1 });
        }

        return model;
    }

    // A gradient that nothing else reads gets the output's name: an Identity would copy it at each run.
    private static void FoldOutputs(List<NodeProto> nodes)
    {
        Dictionary<string, int> readers = nodes.SelectMany(node => node.Input).GroupBy(input => input, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        Dictionary<string, NodeProto> producers = nodes.SelectMany(node => node.Output.Select(output => (output, node)))
            .Where(pair => pair.output.Length > 0).ToDictionary(pair => pair.output, pair => pair.node, StringComparer.Ordinal);
        nodes.RemoveAll(node =>
        {
            if (node.OpType != "Identity" || readers[node.Input[0]] > 1 || !producers.TryGetValue(node.Input[0], out NodeProto? producer))
            {
                return false;
            }

            producer.Output[producer.Output.IndexOf(node.Input[0])] = node.Output[0];
            return true;
        });
    }

    private static NodeProto Make(
        string name, string operation, ReadOnlySpan<string> inputs, ReadOnlySpan<AttributeProto> attributes)
    {
        bool isContrib = operation is "FusedMatMul" or "RotaryEmbedding" or "GatherBlockQuantized";
        string domain = isContrib ? ContribDomain : operation == "DecodeBlocks" ? GraphBuilder.OwnDomain : "";
        NodeProto node = new() { Name = name, OpType = operation, Domain = domain };
        node.Input.AddRange(inputs.ToArray());
        node.Attribute.AddRange(attributes.ToArray());
        return node;
    }

    private static string Join(ReadOnlySpan<long> values) =>
        string.Join(',', values.ToArray().Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
