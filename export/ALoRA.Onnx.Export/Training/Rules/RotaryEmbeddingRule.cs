using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>The inverse of a rotation is its transpose: the same operator with −sin. What is not rotated passes its gradient on.</summary>
internal sealed class RotaryEmbeddingRule : GradientRule
{
    public override void Add(NodeProto node, GradientTape tape, TrainingInputs inputs)
    {
        NodeProto rotation = node.Clone();
        rotation.Input[1] = inputs.PositionsFor(node.Input[1]);
        tape.Nodes.Add(rotation);
        tape.Record(rotation, gradient => tape.Give(
            node.Input[0],
            tape.Nodes.Add(
                "RotaryEmbedding", [gradient, rotation.Input[1], node.Input[2], inputs.Negative(node.Input[3])], [.. node.Attribute])));
    }
}
