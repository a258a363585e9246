using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>y = x / c with a frozen c: dx = dy / c.</summary>
internal sealed class DivRule : PlainRule
{
    protected override void Give(NodeProto node, string gradient, GradientTape tape)
    {
        if (tape.Requires(node.Input[1]))
        {
            throw GradientRules.NoRule(node, "a divisor that depends on what is trained");
        }

        tape.Give(node.Input[0], tape.Nodes.Add("Div", [gradient, node.Input[1]]));
    }
}
