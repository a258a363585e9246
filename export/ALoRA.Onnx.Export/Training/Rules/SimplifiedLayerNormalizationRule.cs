using ALoRA.Onnx.Export.Graphs.Proto;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>
/// y = w ⊙ x̂ with x̂ = x · r and r = 1 / rms: dx = (w⊙dy − x̂ · mean(w⊙dy⊙x̂)) · r. The operator's second output is r.
/// </summary>
internal sealed class SimplifiedLayerNormalizationRule : GradientRule
{
    public override void Add(NodeProto node, GradientTape tape, TrainingInputs inputs) =>
        Add(node.Input[0], node.Input[1], node, tape);

    /// <summary>Adds the norm of a value in place of a node.</summary>
    public static void Add(string x, string weight, NodeProto node, GradientTape tape)
    {
        string scale = $"{node.Name}/scale";
        NodeProto norm = new() { Name = node.Name, OpType = "SimplifiedLayerNormalization", Input = { x, weight } };
        norm.Output.AddRange([node.Output[0], scale]);
        norm.Attribute.AddRange(
            [Attribute.Int("axis", -1), Attribute.Float("epsilon", node.Float("epsilon")), Attribute.Int("stash_type", 1)]);
        tape.Nodes.Add(norm);
        tape.Record(norm, gradient =>
        {
            TrainingNodes nodes = tape.Nodes;
            string weighted = nodes.Add("Mul", [gradient, weight]);
            string unit = nodes.Add("Mul", [x, scale]);
            string mean = nodes.Add(
                "ReduceMean", [nodes.Add("Mul", [weighted, unit]), nodes.Vector(-1)], Attribute.Int("keepdims", 1));
            tape.Give(x, nodes.Add("Mul", [nodes.Add("Sub", [weighted, nodes.Add("Mul", [unit, mean])]), scale]));
        });
    }
}
