using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>y = σ(x): dx = dy ⊙ (y − y²).</summary>
internal sealed class SigmoidRule : PlainRule
{
    protected override void Give(NodeProto node, string gradient, GradientTape tape)
    {
        string y = node.Output[0];
        string slope = tape.Nodes.Add("Sub", [y, tape.Nodes.Add("Mul", [y, y])]);
        tape.Give(node.Input[0], tape.Nodes.Add("Mul", [gradient, slope]));
    }
}
