using ALoRA.Onnx.Export.Graphs.Proto;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>Of parts that were put side by side, each gets its part of the gradient.</summary>
internal sealed class ConcatRule : PlainRule
{
    protected override void Give(NodeProto node, string gradient, GradientTape tape)
    {
        long axis = node.Int("axis");
        string[] parts = tape.Nodes.Add(
            "Split", node.Input.Count, [gradient, tape.Nodes.SizesAlong(node.Input, axis)], Attribute.Int("axis", axis));
        for (int i = 0; i < parts.Length; i++)
        {
            tape.Give(node.Input[i], parts[i]);
        }
    }
}
