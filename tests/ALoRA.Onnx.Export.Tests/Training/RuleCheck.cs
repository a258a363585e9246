using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Graphs.Proto;
using ALoRA.Onnx.Export.Training;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Tests.Training;

/// <summary>
/// A graph of one node, or a few, differentiated: every element of every gradient in float64 against finite
/// differences of fourth order, and the graph as it is, in float32, against float64.
/// </summary>
internal sealed class RuleCheck
{
    private const double Step = 1e-3;
    private const double MostInFloat64 = 1e-8;
    private const double MostInFloat32 = 2e-5;

    private readonly GraphProto _source = new() { Name = "one" };
    private readonly Dictionary<string, (float[] Values, long[] Shape)> _trained = [];
    private readonly Dictionary<string, (long[] Values, long[] Shape)> _integers = [];
    private readonly Dictionary<string, (float[] Values, long[] Shape)> _constants = [];
    private readonly Random _random = new(11);

    /// <summary>Whether attention has a prefix.</summary>
    public bool HasPrefix { get; init; } = true;

    /// <summary>A value with a gradient, at random between −1 and 1.</summary>
    public string Trained(string name, params long[] shape)
    {
        _trained[name] = (Numbers(shape), shape);
        return name;
    }

    /// <summary>A stored tensor, at random between −1 and 1, or a given one.</summary>
    public string Stored(string name, long[] shape, float[]? values = null)
    {
        TensorProto tensor = new() { Name = name, DataType = (int)DataType.Float };
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values ?? Numbers(shape)));
        tensor.Dims.AddRange(shape);
        _source.Initializer.Add(tensor);
        return name;
    }

    /// <summary>A stored vector of whole numbers.</summary>
    public string Integers(string name, params long[] values)
    {
        TensorProto tensor = new() { Name = name, DataType = (int)DataType.Int64 };
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<long>(values));
        tensor.Dims.Add(values.Length);
        _source.Initializer.Add(tensor);
        return name;
    }

    /// <summary>An input of whole numbers that the pass declares, or a rule.</summary>
    public void Given(string name, long[] values, params long[] shape) => _integers[name] = (values, shape);

    /// <summary>An input of the inference graph without gradient.</summary>
    public string Past(string name, params long[] shape)
    {
        TensorShapeProto dimensions = new();
        dimensions.Dim.AddRange(shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        _source.Input.Add(new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = dimensions } },
        });
        Given(name, Numbers(shape), shape);
        return name;
    }

    /// <summary>A float input that the pass declares, or a rule.</summary>
    public void Given(string name, float[] values, params long[] shape) => _constants[name] = (values, shape);

    /// <summary>A node of the inference graph.</summary>
    public void Node(string operation, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        NodeProto node = new() { Name = $"node{_source.Node.Count}", OpType = operation, Domain = DomainOf(operation) };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes);
        _source.Node.Add(node);
    }

    /// <summary>Compares the gradients of the outputs' sum, each output weighted at random.</summary>
    public void Compare(params string[] outputs)
    {
        ModelProto model = Differentiate(outputs);
        string[] results = [.. _trained.Keys.Select(TrainingGraph.GradientOf), .. outputs.Select(output => $"out/{output}")];
        using InferenceSession single = Open(model);
        float[][] float32 = Run(single, results, value => value, _trained.ToDictionary(pair => pair.Key, pair => pair.Value.Values));
        using InferenceSession wide = Open(Float64Graph.Of(model));
        double[][] float64 = RunWide(wide, results, []);
        for (int i = 0; i < results.Length; i++)
        {
            double distance = Distance([.. float32[i].Select(value => (double)value)], float64[i]);
            Assert.IsLessThan(MostInFloat32, distance, $"{results[i]}, float32 against float64");
        }

        for (int i = 0; i < _trained.Count; i++)
        {
            (string name, (float[] values, long[] _)) = _trained.ElementAt(i);
            double[] numeric = new double[values.Length];
            for (int at = 0; at < numeric.Length; at++)
            {
                double Sum(double step) => Weighted(outputs, RunWide(wide, results, new() { [name] = (at, step) }));
                numeric[at] = ((8 * (Sum(Step) - Sum(-Step))) - (Sum(2 * Step) - Sum(-2 * Step))) / (12 * Step);
            }

            Assert.IsTrue(numeric.Any(value => value != 0), $"{name}: nothing depends on it");
            double distance = Distance(float64[i], numeric);
            Assert.IsLessThan(MostInFloat64, distance, $"{name}, float64 against finite differences");
        }
    }

    /// <summary>Differentiates the graph and runs it in float32.</summary>
    /// <returns>The gradients of what is trained, then the outputs.</returns>
    public float[][] RunInFloat32(params string[] outputs)
    {
        using InferenceSession session = Open(Differentiate(outputs));
        string[] results = [.. _trained.Keys.Select(TrainingGraph.GradientOf), .. outputs.Select(output => $"out/{output}")];
        return Run(session, results, value => value, _trained.ToDictionary(pair => pair.Key, pair => pair.Value.Values));
    }

    /// <summary>Adds a stored tensor of any type.</summary>
    public string Stored(string name, DataType type, long[] shape, byte[] bytes)
    {
        TensorProto tensor = new() { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.AddRange(shape);
        _source.Initializer.Add(tensor);
        return name;
    }

    /// <summary>Values of an input that is trained, or of what an output is weighted with.</summary>
    public float[] Values(string name) =>
        _trained.TryGetValue(name, out (float[] Values, long[] Shape) found) ? found.Values : _constants[name].Values;

    /// <summary>What each element of an output counts in the sum; its size must be known before.</summary>
    public void Weight(string output, params long[] shape) => Given($"weight/{output}", Numbers(shape), shape);

    private ModelProto Differentiate(string[] outputs)
    {
        TrainingNodes nodes = new(_source);
        GradientTape tape = new(nodes);
        TrainingInputs inputs = new(nodes, new TrainingLayout([], HasPrefix));
        inputs.Declare();
        foreach ((string name, (float[] _, long[] shape)) in _trained)
        {
            tape.Require(
                nodes.Input(name, DataType.Float, [.. shape.Select(size => (ALoRA.Onnx.Export.Graphs.Dimension)size)]), DataType.Float);
        }

        foreach (NodeProto node in _source.Node)
        {
            GradientRules.Apply(node.Clone(), tape, inputs);
        }

        foreach (string output in outputs)
        {
            long[] shape = _constants[$"weight/{output}"].Shape;
            tape.Give(
                output,
                nodes.Input($"weight/{output}", DataType.Float, [.. shape.Select(size => (ALoRA.Onnx.Export.Graphs.Dimension)size)]));
        }

        tape.Unwind();
        foreach (string name in _trained.Keys)
        {
            nodes.Output(TrainingGraph.GradientOf(name), tape.Take(name) ?? throw new InvalidOperationException(name), DataType.Float);
        }

        foreach (string output in outputs)
        {
            nodes.Output($"out/{output}", output, DataType.Float);
        }

        ModelProto source = new() { Graph = _source };
        source.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 21 });
        source.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        return nodes.Build(source);
    }

    private double Weighted(string[] outputs, double[][] results)
    {
        double sum = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            sum += results[_trained.Count + i].Zip(_constants[$"weight/{outputs[i]}"].Values, (value, weight) => value * weight).Sum();
        }

        return sum;
    }

    private double[][] RunWide(InferenceSession session, string[] results, Dictionary<string, (int At, double Step)> moved) => Run(
        session, results, value => (double)value,
        _trained.ToDictionary(pair => pair.Key, pair =>
        {
            double[] values = [.. pair.Value.Values.Select(value => (double)value)];
            if (moved.TryGetValue(pair.Key, out (int At, double Step) move))
            {
                values[move.At] += move.Step;
            }

            return values;
        }));

    private T[][] Run<T>(InferenceSession session, string[] results, Func<float, T> convert, Dictionary<string, T[]> trained)
        where T : unmanaged
    {
        using RunOptions options = new();
        Dictionary<string, OrtValue> inputs = [];
        foreach (string name in session.InputMetadata.Keys)
        {
            inputs[name] = trained.TryGetValue(name, out T[]? values) ? OrtValue.CreateTensorValueFromMemory(values, _trained[name].Shape)
                : _integers.TryGetValue(name, out (long[] Values, long[] Shape) integers)
                    ? OrtValue.CreateTensorValueFromMemory(integers.Values, integers.Shape)
                : OrtValue.CreateTensorValueFromMemory([.. _constants[name].Values.Select(convert)], _constants[name].Shape);
        }

        using IDisposableReadOnlyCollection<OrtValue> found = session.Run(options, inputs, results);
        T[][] copies = [.. found.Select(value => value.GetTensorDataAsSpan<T>().ToArray())];
        foreach (OrtValue value in inputs.Values)
        {
            value.Dispose();
        }

        return copies;
    }

    private static InferenceSession Open(ModelProto model)
    {
        using SessionOptions options = new()
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            IntraOpNumThreads = 1,
        };
        return new InferenceSession(model.ToByteArray(), options);
    }

    private float[] Numbers(long[] shape) =>
        [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (_random.NextSingle() * 2) - 1)];

    private static double Distance(double[] actual, double[] expected)
    {
        Assert.HasCount(expected.Length, actual);
        double difference = actual.Zip(expected, (a, e) => (a - e) * (a - e)).Sum();
        return Math.Sqrt(difference / Math.Max(expected.Sum(value => value * value), 1e-30));
    }

    private static string DomainOf(string operation) =>
        operation is "FusedMatMul" or "MatMulNBits" or "GroupQueryAttention" or "RotaryEmbedding"
        or "SkipLayerNormalization" or "SkipSimplifiedLayerNormalization" ? "com.microsoft" : "";
}
