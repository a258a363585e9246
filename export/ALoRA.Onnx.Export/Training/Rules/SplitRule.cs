using ALoRA.Onnx.Export.Graphs.Proto;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>The parts' gradients side by side; a part that nothing reads has none, which is a gradient of zeros.</summary>
internal sealed class SplitRule : GradientRule
{
    public override void Add(NodeProto node, GradientTape tape, TrainingInputs inputs)
    {
        tape.Nodes.Add(node);
        tape.RecordAll(node, gradients =>
        {
            string[] parts = [.. gradients.Select((gradient, i) => gradient ?? Zeros(node.Output[i], tape))];
            tape.Give(node.Input[0], tape.Nodes.Add("Concat", parts, Attribute.Int("axis", node.Int("axis"))));
        });
    }

    private static string Zeros(string value, GradientTape tape) =>
        tape.Nodes.Add("Expand", [tape.Nodes.Scalar(0), tape.Nodes.Add("Shape", [value])]);
}
