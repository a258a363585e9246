using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>The product rule. What one factor has once for many elements of the other, such as a multiplier or a mask, is frozen.</summary>
internal sealed class MulRule : PlainRule
{
    protected override void Give(NodeProto node, string gradient, GradientTape tape)
    {
        tape.Give(node.Input[0], () => tape.Nodes.Add("Mul", [gradient, node.Input[1]]));
        tape.Give(node.Input[1], () => tape.Nodes.Add("Mul", [gradient, node.Input[0]]));
    }
}
