using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>
/// Some rows of a value, the same in every sequence: dx = onehot · dy. A product, as a scatter's order differs on devices.
/// </summary>
internal sealed class GatherRule : GradientRule
{
    public override void Add(NodeProto node, GradientTape tape, TrainingInputs inputs)
    {
        if (node.Input[1] != Architectures.GraphNames.LogitsPositions || node.Int("axis") != 1)
        {
            throw GradientRules.NoRule(node, "other rows than those that reach the head");
        }

        tape.Nodes.Add(node);
        tape.Record(node, gradient => tape.Give(node.Input[0], tape.Nodes.Add("MatMul", [inputs.Selection(), gradient])));
    }
}
