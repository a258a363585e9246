using ALoRA.Onnx.Export.Graphs.Proto;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>y = x · W: dx = dy · Wᵀ, dW = xᵀ · dy over all rows.</summary>
internal sealed class MatMulRule : PlainRule
{
    protected override void Give(NodeProto node, string gradient, GradientTape tape)
    {
        tape.Give(node.Input[0], () => tape.Nodes.Add("FusedMatMul", [gradient, node.Input[1]], Attribute.Int("transB", 1)));
        tape.Give(node.Input[1], () => tape.Nodes.Add(
            "FusedMatMul", [tape.Rows(node.Input[0]), tape.Rows(gradient)], Attribute.Int("transA", 1)));
    }
}
