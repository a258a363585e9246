using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>y = tanh x: dx = dy − dy ⊙ y².</summary>
internal sealed class TanhRule : PlainRule
{
    protected override void Give(NodeProto node, string gradient, GradientTape tape)
    {
        string y = node.Output[0];
        string taken = tape.Nodes.Add("Mul", [gradient, tape.Nodes.Add("Mul", [y, y])]);
        tape.Give(node.Input[0], tape.Nodes.Add("Sub", [gradient, taken]));
    }
}
