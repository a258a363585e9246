using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Graphs.Proto;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;
using Google.Protobuf;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>
/// A graph while it grows. A node's name is a path, as <c>/model/layers.0/mlp/down_proj/MatMul</c>; its first value is that name and
/// <c>/output_0</c>. Constants are named by type and value, made on demand and shared.
/// </summary>
internal sealed class GraphBuilder(ActivationType activations)
{
    private const string ContribDomain = "com.microsoft";

    /// <summary>Domain of our own operators, which a runtime registers before it opens the graph.</summary>
    public const string OwnDomain = "alora";

    /// <summary>Version of <see cref="OwnDomain"/>.</summary>
    public const int OwnVersion = 1;

    private static readonly FrozenSet<string> ContribOperators = FrozenSet.Create(
        StringComparer.Ordinal,
        "FusedMatMul", "GatherBlockQuantized", "GroupQueryAttention", "MatMulNBits", "RotaryEmbedding", "SkipLayerNormalization",
        "SkipSimplifiedLayerNormalization");

    private static readonly FrozenSet<string> OwnOperators =
        FrozenSet.Create(
            StringComparer.Ordinal, "ByteProduct", "LoraAdd", "LoraExpand", "LoraProduct", "LoraShrink", "NibbleProduct", "RmsNorm",
            "RmsNormShrink", "SlotAttention", "StepAttention", "SwiGlu");

    private readonly GraphProto _graph = new() { Name = "decoder" };
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<(TensorProto Initializer, StoredTensor Stored)> _external = [];

    /// <summary>Element type T.</summary>
    public ActivationType Activations => activations;

    /// <summary>Adds a node with one output and returns the name of its value.</summary>
    public string Add(string path, string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        Add(path, operation, 1, inputs, attributes)[0];

    /// <summary>Adds a node with several outputs and returns the names of its values.</summary>
    public string[] Add(
        string path, string operation, int outputCount, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        string[] outputs =
            [.. Enumerable.Range(0, outputCount).Select(i => string.Create(CultureInfo.InvariantCulture, $"{path}/output_{i}"))];
        AddNamed(path, operation, outputs, inputs, attributes);
        return outputs;
    }

    /// <summary>Adds a node whose values have names of their own; an empty name leaves an optional output out.</summary>
    public void AddNamed(
        string path, string operation, ReadOnlySpan<string> outputs, ReadOnlySpan<string> inputs,
        params ReadOnlySpan<AttributeProto> attributes)
    {
        if (!_names.Add(path))
        {
            throw new InvalidOperationException($"Two nodes are named {path}.");
        }

        NodeProto node = new() { Name = path, OpType = operation, Domain = DomainOf(operation) };
        node.Input.AddRange(inputs.ToArray());
        node.Output.AddRange(outputs.ToArray());
        node.Attribute.AddRange(attributes.ToArray());
        _graph.Node.Add(node);
    }

    /// <summary>Declares a graph input. A dimension is a number or a symbol.</summary>
    public string Input(string name, DataType type, params ReadOnlySpan<Dimension> shape)
    {
        _graph.Input.Add(ValueInfo(name, type, shape));
        return name;
    }

    /// <summary>Declares a graph output.</summary>
    public void Output(string name, DataType type, params ReadOnlySpan<Dimension> shape) => _graph.Output.Add(ValueInfo(name, type, shape));

    /// <summary>An input that a run may leave out: it then has the default, which is all zeros.</summary>
    public string OverridableInput(string name, ReadOnlySpan<Dimension> shape, ReadOnlySpan<long> defaultShape)
    {
        long elements = 1;
        foreach (long size in defaultShape)
        {
            elements *= size;
        }

        return OverridableInput(name, activations.ToOnnx(), shape, defaultShape, new byte[elements * activations.ByteSize()]);
    }

    /// <summary>An input of any type that a run may leave out: it then has the default.</summary>
    public string OverridableInput(
        string name, DataType type, ReadOnlySpan<Dimension> shape, ReadOnlySpan<long> defaultShape, ReadOnlySpan<byte> defaultBytes)
    {
        AddInitializer(name, type, defaultShape).RawData = ByteString.CopyFrom(defaultBytes);
        return Input(name, type, shape);
    }

    /// <summary>An int64 scalar input that a run may leave out: it then is 0.</summary>
    public string OverridableScalar(string name)
    {
        if (!_names.Contains(name))
        {
            AddInitializer(name, DataType.Int64, []).RawData = ByteString.CopyFrom(new byte[sizeof(long)]);
            Input(name, DataType.Int64);
        }

        return name;
    }

    /// <summary>An initializer in the data file. Asking again for the same name gives the same one.</summary>
    public string External(string name, DataType type, StoredTensor stored, params ReadOnlySpan<long> shape)
    {
        if (!_names.Contains(name))
        {
            TensorProto initializer = AddInitializer(name, type, shape);
            initializer.DataLocation = TensorProto.Types.DataLocation.External;
            _external.Add((initializer, stored));
        }

        return name;
    }

    /// <summary>An initializer of the activation type in the data file.</summary>
    public string External(string name, StoredTensor stored, params ReadOnlySpan<long> shape) =>
        External(name, activations.ToOnnx(), stored, shape);

    /// <summary>A constant int64 vector.</summary>
    public string Vector(params ReadOnlySpan<long> values) =>
        Constant($"INT64/[{Join(values)}]", DataType.Int64, [values.Length], MemoryMarshal.AsBytes(values));

    /// <summary>A constant int64 scalar.</summary>
    public string Scalar(long value) =>
        Constant(string.Create(CultureInfo.InvariantCulture, $"INT64/{value}"), DataType.Int64, [], MemoryMarshal.AsBytes([value]));

    /// <summary>A constant scalar of the activation type.</summary>
    public string Scalar(float value)
    {
        Span<byte> bytes = stackalloc byte[activations.ByteSize()];
        string name = string.Create(CultureInfo.InvariantCulture, $"{activations.ToName().ToUpperInvariant()}/{value:R}");
        FloatRounding.Round([value], activations, bytes, name);
        return Constant(name, activations.ToOnnx(), [], bytes);
    }

    /// <summary>A constant vector of ones of the activation type.</summary>
    public string Ones(int count)
    {
        float[] values = new float[count];
        values.AsSpan().Fill(1);
        byte[] bytes = new byte[count * activations.ByteSize()];
        string name = string.Create(CultureInfo.InvariantCulture, $"{activations.ToName().ToUpperInvariant()}/ones/{count}");
        FloatRounding.Round(values, activations, bytes, name);
        return Constant(name, activations.ToOnnx(), [count], bytes);
    }

    /// <summary>The finished model; the stored tensors must have their offsets by now.</summary>
    public ModelProto Build(string producerVersion, string dataFile)
    {
        foreach ((TensorProto initializer, StoredTensor stored) in _external)
        {
            initializer.ExternalData.Clear();
            initializer.ExternalData.Add(Entry("location", dataFile));
            initializer.ExternalData.Add(Entry("offset", stored.Offset.ToString(CultureInfo.InvariantCulture)));
            initializer.ExternalData.Add(Entry("length", stored.ByteLength.ToString(CultureInfo.InvariantCulture)));
        }

        ModelProto model = new() { IrVersion = 10, ProducerName = "ALoRA.Onnx.Export", ProducerVersion = producerVersion, Graph = _graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 21 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = ContribDomain, Version = 1 });
        if (_graph.Node.Any(node => node.Domain == OwnDomain))
        {
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = OwnDomain, Version = OwnVersion });
        }

        return model;
    }

    private static string DomainOf(string operation) =>
        ContribOperators.Contains(operation) ? ContribDomain : OwnOperators.Contains(operation) ? OwnDomain : "";

    private string Constant(string value, DataType type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes)
    {
        string name = $"/model/constants/{value}";
        if (!_names.Contains(name))
        {
            AddInitializer(name, type, shape).RawData = ByteString.CopyFrom(bytes);
        }

        return name;
    }

    private TensorProto AddInitializer(string name, DataType type, ReadOnlySpan<long> shape)
    {
        if (!_names.Add(name))
        {
            throw new InvalidOperationException($"Two initializers are named {name}.");
        }

        TensorProto initializer = new() { Name = name, DataType = (int)type };
        initializer.Dims.AddRange(shape.ToArray());
        _graph.Initializer.Add(initializer);
        return initializer;
    }

    private static ValueInfoProto ValueInfo(string name, DataType type, ReadOnlySpan<Dimension> shape)
    {
        TensorShapeProto dimensions = new();
        foreach (Dimension dimension in shape)
        {
            dimensions.Dim.Add(dimension.ToProto());
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = dimensions } },
        };
    }

    private static StringStringEntryProto Entry(string key, string value) => new() { Key = key, Value = value };

    private static string Join(ReadOnlySpan<long> values) =>
        string.Join(',', values.ToArray().Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
