using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Graphs;
using ALoRA.Onnx.Export.Graphs.Proto;
using ALoRA.Onnx.Export.Settings;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Calibration;

/// <summary>
/// Makes a graph of its own out of a stage. Its inputs are the tokens' values alone: lengths, positions and an empty KV cache follow from
/// their shape. Beside the values that later stages read it gives <see cref="SecondMoments"/>.
/// </summary>
internal sealed class StageGraph
{
    /// <summary>Output <c>[in, in]</c>: the sum of x·xᵀ over the tokens, x being the projection's input.</summary>
    public const string SecondMoments = "calibration/second_moments";

    private const string Tokens = "calibration/tokens";
    private const string Count = "calibration/count";

    private readonly GraphBuilder _graph = new(ActivationType.Float32);
    private readonly GraphProto _decoder;

    private StageGraph(GraphProto decoder) => _decoder = decoder;

    /// <summary>The graph of a stage.</summary>
    /// <param name="decoder">The whole decoder, for its inputs.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="nodes">Its nodes and those that depend on no token.</param>
    /// <param name="initializers">The initializers that the nodes use, with their places in the data file.</param>
    public static ModelProto Build(
        GraphProto decoder, GraphStage stage, IReadOnlyList<NodeProto> nodes, IReadOnlyList<TensorProto> initializers)
    {
        StageGraph builder = new(decoder);
        return builder.Build(stage, nodes, initializers);
    }

    private ModelProto Build(GraphStage stage, IReadOnlyList<NodeProto> nodes, IReadOnlyList<TensorProto> initializers)
    {
        foreach (string input in stage.Inputs)
        {
            _graph.Input(input, DataType.Float, 1, "tokens", $"size of {input}");
        }

        _graph.AddNamed(Tokens, "Shape", [Tokens], [stage.Inputs[0]], Attribute.Int("start", 1), Attribute.Int("end", 2));
        _graph.AddNamed(Count, "Squeeze", [Count], [Tokens]);
        HashSet<string> used = [.. nodes.SelectMany(node => node.Input)];

        // An input with a default keeps it.
        HashSet<string> defaults = [.. initializers.Select(initializer => initializer.Name)];
        foreach (ValueInfoProto input in _decoder.Input.Where(input => used.Contains(input.Name) && !defaults.Contains(input.Name)))
        {
            AddDecoderInput(input);
        }

        // The projection's input as it was or as this stage computes it.
        string rows = _graph.Add("calibration/rows", "Flatten", [stage.ProjectionInput], Attribute.Int("axis", 2));
        _graph.AddNamed(SecondMoments, "FusedMatMul", [SecondMoments], [rows, rows], Attribute.Int("transA", 1));
        _graph.Output(SecondMoments, DataType.Float, "size", "size");
        HashSet<string> computed = [.. nodes.SelectMany(node => node.Output)];
        foreach (string output in stage.Kept.Where(computed.Contains).Order(StringComparer.Ordinal))
        {
            _graph.Output(output, DataType.Float, 1, "tokens", $"size of {output}");
        }

        ModelProto model = _graph.Build("calibration", "");
        NodeProto[] own = [.. model.Graph.Node];
        model.Graph.Node.Clear();
        model.Graph.Node.AddRange(own[..^2]);
        model.Graph.Node.AddRange(nodes);
        model.Graph.Node.AddRange(own[^2..]);
        HashSet<string> present = [.. model.Graph.Initializer.Select(initializer => initializer.Name)];
        model.Graph.Initializer.AddRange(initializers.Where(initializer => present.Add(initializer.Name)));
        return model;
    }

    // A sequence that starts at position 0 with nothing in the cache.
    private void AddDecoderInput(ValueInfoProto input)
    {
        switch (input.Name)
        {
            case GraphNames.SequenceLengths:
                string last = _graph.Add("calibration/last", "Sub", [Tokens, _graph.Vector(1)]);
                AddCast(input.Name, last);
                break;
            case GraphNames.InputIds:
                // The embedding is computed already; what is left asks for the shape alone.
                string shape = _graph.Add($"{input.Name}/shape", "Concat", [_graph.Vector(1), Tokens], Attribute.Int("axis", 0));
                _graph.AddNamed(input.Name, "Expand", [input.Name], [_graph.Scalar(0L), shape]);
                break;
            case GraphNames.TotalLength:
                AddCast(input.Name, Count);
                break;
            case GraphNames.LogitsPositions:
                _graph.AddNamed(input.Name, "Range", [input.Name], [_graph.Scalar(0L), Count, _graph.Scalar(1L)]);
                break;
            default:
                if (input.Type.TensorType.ElemType != (int)DataType.Float)
                {
                    throw new InvalidOperationException($"Calibration has no value for the graph's input '{input.Name}'.");
                }

                AddZeros(input);
                break;
        }
    }

    private void AddCast(string name, string value) =>
        _graph.AddNamed(name, "Cast", [name], [value], Attribute.Int("to", (int)DataType.Int32));

    private void AddZeros(ValueInfoProto input)
    {
        string[] sizes = [.. input.Type.TensorType.Shape.Dim.Select(dimension =>
            dimension.DimParam == "" ? _graph.Vector(dimension.DimValue) : dimension.DimParam == "batch" ? _graph.Vector(1) : Tokens)];
        string shape = _graph.Add($"{input.Name}/shape", "Concat", sizes, Attribute.Int("axis", 0));
        _graph.AddNamed(input.Name, "ConstantOfShape", [input.Name], [shape]);
    }
}
