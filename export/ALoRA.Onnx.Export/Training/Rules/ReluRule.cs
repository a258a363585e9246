using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>y = max(x, 0): the gradient where y is above 0, as torch has it at 0.</summary>
internal sealed class ReluRule : PlainRule
{
    protected override void Give(NodeProto node, string gradient, GradientTape tape) =>
        tape.Give(node.Input[0], tape.Nodes.Add("Mul", [gradient, tape.Nodes.Add("Sign", [node.Output[0]])]));
}
