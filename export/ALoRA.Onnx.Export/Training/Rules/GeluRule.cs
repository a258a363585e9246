using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>
/// y = x · Φ(x), of which the slope is Φ(x) + x · φ(x), or the form with tanh:
/// with t = tanh(c · (x + 0.044715 x³)) and c = √(2/π) the slope is (1 + t)/2 + x/2 · (1 − t²) · c · (1 + 3 · 0.044715 x²).
/// </summary>
internal sealed class GeluRule : PlainRule
{
    private const float Cubic = 0.044715f;
    private static readonly float Root = MathF.Sqrt(2 / MathF.PI);

    protected override void Give(NodeProto node, string gradient, GradientTape tape)
    {
        string form = node.Text("approximate", "none");
        string slope = form switch
        {
            "none" => Exact(node.Input[0], tape.Nodes),
            "tanh" => Tanh(node.Input[0], tape.Nodes),
            _ => throw GradientRules.NoRule(node, $"the form '{form}'"),
        };
        tape.Give(node.Input[0], tape.Nodes.Add("Mul", [gradient, slope]));
    }

    private static string Exact(string x, TrainingNodes nodes)
    {
        string distribution = Half(nodes, nodes.Add("Erf", [nodes.Add("Mul", [x, nodes.Scalar(MathF.Sqrt(0.5f))])]));
        string exponent = nodes.Add("Mul", [nodes.Add("Mul", [x, x]), nodes.Scalar(-0.5f)]);
        string density = nodes.Add("Mul", [nodes.Add("Exp", [exponent]), nodes.Scalar(1 / MathF.Sqrt(2 * MathF.PI))]);
        return nodes.Add("Add", [distribution, nodes.Add("Mul", [x, density])]);
    }

    private static string Tanh(string x, TrainingNodes nodes)
    {
        string square = nodes.Add("Mul", [x, x]);
        string inner = Affine(nodes, square, Root * Cubic, Root);
        string t = nodes.Add("Tanh", [nodes.Add("Mul", [x, inner])]);
        string rest = nodes.Add("Sub", [nodes.Scalar(1), nodes.Add("Mul", [t, t])]);
        string inside = Affine(nodes, square, 1.5f * Root * Cubic, 0.5f * Root);
        return nodes.Add("Add", [Half(nodes, t), nodes.Add("Mul", [nodes.Add("Mul", [x, rest]), inside])]);
    }

    // (1 + value) / 2.
    private static string Half(TrainingNodes nodes, string value) => Affine(nodes, value, 0.5f, 0.5f);

    private static string Affine(TrainingNodes nodes, string value, float factor, float constant) =>
        nodes.Add("Add", [nodes.Add("Mul", [value, nodes.Scalar(factor)]), nodes.Scalar(constant)]);
}
