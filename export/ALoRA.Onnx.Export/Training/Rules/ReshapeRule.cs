using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>The gradient in the shape of the input.</summary>
internal sealed class ReshapeRule : PlainRule
{
    protected override void Give(NodeProto node, string gradient, GradientTape tape) =>
        tape.Give(node.Input[0], tape.Nodes.Add("Reshape", [gradient, tape.Nodes.Add("Shape", [node.Input[0]])]));
}
