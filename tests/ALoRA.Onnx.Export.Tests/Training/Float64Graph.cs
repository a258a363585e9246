using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Graphs.Proto;
using ALoRA.Onnx.Export.Training;
using Google.Protobuf;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Tests.Training;

/// <summary>
/// A training graph in float64, with what ONNX Runtime computes in float32 alone written in other operators: what finite differences are
/// compared with. All initializers have their bytes in the graph.
/// </summary>
internal sealed class Float64Graph
{
    private readonly GraphProto _graph;
    private readonly List<NodeProto> _nodes = [];

    private Float64Graph(GraphProto graph) => _graph = graph;

    /// <param name="model">The graph.</param>
    public static ModelProto Of(ModelProto model)
    {
        ModelProto result = model.Clone();
        new Float64Graph(result.Graph).Convert();
        return result;
    }

    private void Convert()
    {
        foreach (TensorProto tensor in _graph.Initializer.Where(tensor => tensor.DataType == (int)DataType.Float))
        {
            double[] wide = [.. MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray().Select(value => (double)value)];
            tensor.DataType = (int)DataType.Double;
            tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<double>(wide));
        }

        foreach (ValueInfoProto value in _graph.Input.Concat(_graph.Output).Where(v => v.Type.TensorType.ElemType == (int)DataType.Float))
        {
            value.Type.TensorType.ElemType = (int)DataType.Double;
        }

        NodeProto[] nodes = [.. _graph.Node];
        _graph.Node.Clear();
        foreach (NodeProto node in nodes)
        {
            Convert(node);
        }

        _graph.Node.AddRange(_nodes);
    }

    private void Convert(NodeProto node)
    {
        switch (node.OpType)
        {
            case "FusedMatMul":
                string left = node.Int("transA") == 1 ? Transposed(node.Input[0]) : node.Input[0];
                string right = node.Int("transB") == 1 ? Transposed(node.Input[1]) : node.Input[1];
                Name(node.Output[0], "Mul", Add("MatMul", [left, right]), Number(node.Float("alpha", 1)));
                break;
            case "RotaryEmbedding":
                Rotate(node);
                break;
            case "SimplifiedLayerNormalization":
                string inverse = Inverse(node, node.Input[0]);
                Scale(node, Add("Mul", [node.Input[0], inverse]));
                NameIfWanted(node, 1, "Identity", inverse);
                break;
            case "LayerNormalization":
                string mean = Mean(node.Input[0]);
                string centred = Add("Sub", [node.Input[0], mean]);
                string deviation = Inverse(node, centred);
                Scale(node, Add("Mul", [centred, deviation]));
                NameIfWanted(node, 1, "Identity", mean);
                NameIfWanted(node, 2, "Identity", deviation);
                break;
            case "Gelu" when node.Text("approximate", "none") == "tanh":
                string cube = Add("Mul", [Add("Mul", [node.Input[0], node.Input[0]]), node.Input[0]]);
                string inner = Add("Add", [node.Input[0], Add("Mul", [cube, Number(0.044715)])]);
                Half(node.Output[0], node.Input[0], Add("Tanh", [Add("Mul", [inner, Number(Math.Sqrt(2 / Math.PI))])]));
                break;
            case "Gelu":
                Half(node.Output[0], node.Input[0], Erf(Add("Mul", [node.Input[0], Number(Math.Sqrt(0.5))])));
                break;
            case "Erf":
                Name(node.Output[0], "Identity", Erf(node.Input[0]));
                break;
            case "Cast" when node.Int("to") == (int)DataType.Float:
                NodeProto cast = node.Clone();
                cast.Attribute.Clear();
                cast.Attribute.Add(Attribute.Int("to", (int)DataType.Double));
                _nodes.Add(cast);
                break;
            default:
                _nodes.Add(node);
                break;
        }
    }

    private void Rotate(NodeProto node)
    {
        long size = _graph.Initializer.First(tensor => tensor.Name == CosinesOf(node)).Dims[1] * 2;
        string heads = Add("Reshape", [node.Input[0], Longs(0, 0, node.Int("num_heads"), -1)]);
        string cos = Add("Unsqueeze", [Add("Gather", [node.Input[2], node.Input[1]]), Longs(2)]);
        string sin = Add("Unsqueeze", [Add("Gather", [node.Input[3], node.Input[1]]), Longs(2)]);
        string left = Slice(heads, 0, size / 2);
        string right = Slice(heads, size / 2, size);
        string first = Add("Sub", [Add("Mul", [left, cos]), Add("Mul", [right, sin])]);
        string second = Add("Add", [Add("Mul", [right, cos]), Add("Mul", [left, sin])]);
        Name(node.Output[0], "Reshape", Add("Concat", [first, second, Slice(heads, size, long.MaxValue)], Attribute.Int("axis", -1)),
            Longs(0, 0, -1));
    }

    private static string CosinesOf(NodeProto node) => node.Input[2];

    private void Half(string output, string x, string value) =>
        Name(output, "Mul", x, Add("Mul", [Number(0.5), Add("Add", [Number(1), value])]));

    // Maclaurin: exact to 1e-13 for the arguments of these tests, which are below 3.
    private string Erf(string x)
    {
        const int Terms = 60;
        string square = Add("Mul", [x, x]);
        double[] factors = new double[Terms];
        double factorial = 1;
        for (int n = 0; n < Terms; n++)
        {
            factors[n] = (n % 2 == 0 ? 1 : -1) / (factorial * ((2 * n) + 1)) * 2 / Math.Sqrt(Math.PI);
            factorial *= n + 1;
        }

        string sum = Number(factors[^1]);
        for (int n = Terms - 2; n >= 0; n--)
        {
            sum = Add("Add", [Add("Mul", [sum, square]), Number(factors[n])]);
        }

        return Add("Mul", [sum, x]);
    }

    private void Scale(NodeProto node, string unit)
    {
        string scaled = Add("Mul", [unit, node.Input[1]]);
        Name(node.Output[0], node.Input.Count > 2 ? "Add" : "Identity", node.Input.Count > 2 ? [scaled, node.Input[2]] : [scaled]);
    }

    private string Inverse(NodeProto node, string value)
    {
        string mean = Mean(Add("Mul", [value, value]));
        return Add("Reciprocal", [Add("Sqrt", [Add("Add", [mean, Number(node.Float("epsilon"))])])]);
    }

    private string Mean(string value) => Add("ReduceMean", [value, Longs(-1)], Attribute.Int("keepdims", 1));

    private string Slice(string value, long from, long end) => Add("Slice", [value, Longs(from), Longs(end), Longs(-1)]);

    private string Transposed(string value) => Add("Einsum", [value], Attribute.Text("equation", "...ij->...ji"));

    private string Add(string operation, string[] inputs, params AttributeProto[] attributes)
    {
        string name = $"double/{_nodes.Count}";
        Name(name, operation, inputs);
        _nodes[^1].Attribute.AddRange(attributes);
        return name;
    }

    private void NameIfWanted(NodeProto node, int output, string operation, string value)
    {
        if (node.Output.Count > output)
        {
            Name(node.Output[output], operation, value);
        }
    }

    private void Name(string output, string operation, params string[] inputs)
    {
        NodeProto node = new() { Name = $"double/{_nodes.Count}", OpType = operation, Output = { output } };
        node.Input.AddRange(inputs);
        _nodes.Add(node);
    }

    private string Longs(params long[] values) => Constant(DataType.Int64, MemoryMarshal.AsBytes<long>(values), [values.Length]);

    private string Number(double value) => Constant(DataType.Double, MemoryMarshal.AsBytes<double>([value]), []);

    private string Constant(DataType type, ReadOnlySpan<byte> bytes, long[] shape)
    {
        TensorProto tensor = new()
        {
            Name = $"double/constant/{_graph.Initializer.Count}",
            DataType = (int)type,
            RawData = ByteString.CopyFrom(bytes),
        };
        tensor.Dims.AddRange(shape);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }
}
