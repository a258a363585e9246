using ALoRA.Onnx.Export.Graphs.Proto;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>Another element type: the gradient in the input's.</summary>
internal sealed class CastRule : GradientRule
{
    public override void Add(NodeProto node, GradientTape tape, TrainingInputs inputs)
    {
        tape.Nodes.Add(node);
        string input = node.Input[0];
        tape.Record(
            node, gradient => tape.Give(input, tape.Nodes.Add("Cast", [gradient], Attribute.Int("to", (int)tape.TypeOf(input)))),
            (TensorProto.Types.DataType)node.Int("to"));
    }
}
