using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>A sum along axes that stay, with size 1: each summand gets its sum's gradient.</summary>
internal sealed class ReduceSumRule : PlainRule
{
    protected override void Give(NodeProto node, string gradient, GradientTape tape)
    {
        if (node.Int("keepdims", 1) != 1)
        {
            throw GradientRules.NoRule(node, "a sum whose axes go");
        }

        tape.Give(node.Input[0], tape.Nodes.Add("Expand", [gradient, tape.Nodes.Add("Shape", [node.Input[0]])]));
    }
}
