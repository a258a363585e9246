using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>The sum passes its gradient on; what is added to every row, such as a bias, is frozen.</summary>
internal sealed class AddRule : PlainRule
{
    protected override void Give(NodeProto node, string gradient, GradientTape tape)
    {
        tape.Give(node.Input[0], gradient);
        tape.Give(node.Input[1], gradient);
    }
}
