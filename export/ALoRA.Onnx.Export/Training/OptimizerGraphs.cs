using ALoRA.Onnx.Export.Graphs.Proto;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Training;

/// <summary>
/// The optimizer as graphs over all parameters in one vector, so that a step is a few nodes however many tensors there are. Outputs may be
/// bound to the memory of the inputs of the same name: each element is written after all that reads it.
/// </summary>
/// <remarks>
/// What is read anew in each step are inputs of one element. ONNX Runtime repeats a run that it captures; with the scalars of
/// <c>OptimizerScalars.Nothing</c> a repetition changes no bit.
/// </remarks>
internal static class OptimizerGraphs
{
    /// <summary>Elements of a vector are a multiple of this.</summary>
    public const int Row = 1024;

    public const string Values = "values";
    public const string First = "first";
    public const string Second = "second";
    public const string Gradient = "gradient";
    public const string Norm = "norm";
    public const string Sum = "sum";
    public const string Added = "added";
    public const string Keep = "keep";
    public const string Share = "share";

    private const long Opset = 21;

    /// <summary>Scalars of <see cref="AdamW"/>, in this order.</summary>
    public static readonly IReadOnlyList<string> Scalars =
        ["clip", "decay", "first_share", "beta2", "second_share", "size", "root", "epsilon"];

    /// <summary>Name of the output that replaces an input.</summary>
    public static string Next(string name) => $"{name}.next";

    /// <summary>Adds gradients up: sum · keep + added · share.</summary>
    /// <param name="length">Elements of the vectors.</param>
    public static ModelProto Addition(long length)
    {
        GraphProto source = new();
        TrainingNodes nodes = new(source);
        foreach (string name in new[] { Sum, Added })
        {
            nodes.Input(name, DataType.Float, length);
        }

        nodes.Input(Keep, DataType.Float, 1);
        nodes.Input(Share, DataType.Float, 1);
        nodes.Output(
            Next(Sum), nodes.Add("Add", [nodes.Add("Mul", [Sum, Keep]), nodes.Add("Mul", [Added, Share])]), DataType.Float);
        return Build(nodes);
    }

    /// <summary>
    /// Clips by the norm of all gradients together, and makes a step of torch's AdamW in its order of operations. The norm is an output.
    /// </summary>
    /// <param name="length">Elements of the vectors, a multiple of <see cref="Row"/>.</param>
    public static ModelProto AdamW(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(length % Row, 0);
        TrainingNodes nodes = new(new GraphProto());
        foreach (string name in new[] { Values, First, Second, Gradient })
        {
            nodes.Input(name, DataType.Float, length);
        }

        foreach (string name in Scalars)
        {
            nodes.Input(name, DataType.Float, 1);
        }

        // Sums of rows before the sum of all, for the precision, and so that one block of threads adds one row in a fixed order.
        string rows = nodes.Add("Reshape", [nodes.Add("Mul", [Gradient, Gradient]), nodes.Vector(-1, Row)]);
        string sums = nodes.Add("ReduceSum", [rows, nodes.Vector(1)], Attribute.Int("keepdims", 0));
        string norm = nodes.Add("Sqrt", [nodes.Add("ReduceSum", [sums, nodes.Vector(0)], Attribute.Int("keepdims", 1))]);
        string factor = nodes.Add(
            "Min", [nodes.Add("Div", ["clip", nodes.Add("Add", [norm, nodes.Scalar(1e-6f)])]), nodes.Scalar(1)]);

        string g = nodes.Add("Mul", [Gradient, factor]);
        string m = nodes.Add("Add", [First, nodes.Add("Mul", [nodes.Add("Sub", [g, First]), "first_share"])]);
        string squares = nodes.Add("Mul", [nodes.Add("Mul", [g, g]), "second_share"]);
        string v = nodes.Add("Add", [nodes.Add("Mul", [Second, "beta2"]), squares]);
        string denominator = nodes.Add("Add", [nodes.Add("Div", [nodes.Add("Sqrt", [v]), "root"]), "epsilon"]);
        string step = nodes.Add("Div", [nodes.Add("Mul", [m, "size"]), denominator]);
        string values = nodes.Add("Sub", [nodes.Add("Mul", [Values, "decay"]), step]);
        nodes.Output(Next(First), m, DataType.Float);
        nodes.Output(Next(Second), v, DataType.Float);
        nodes.Output(Next(Values), values, DataType.Float);
        nodes.Output(Norm, norm, DataType.Float);
        return Build(nodes);
    }

    private static ModelProto Build(TrainingNodes nodes)
    {
        ModelProto source = new() { ProducerName = "ALoRA.Onnx" };
        source.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        return nodes.Build(source);
    }
}
