using ALoRA.Onnx.Export.Graphs.Proto;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>
/// y = w ⊙ x̂ + b with x̂ = (x − mean) · r and r = 1 / deviation: dx = (w⊙dy − mean(w⊙dy) − x̂ · mean(w⊙dy⊙x̂)) · r. Mean and r are the
/// operator's further outputs.
/// </summary>
internal sealed class LayerNormalizationRule : GradientRule
{
    public override void Add(NodeProto node, GradientTape tape, TrainingInputs inputs) =>
        Add(node.Input[0], [.. node.Input.Skip(1)], node, tape);

    /// <summary>Adds the norm of a value in place of a node.</summary>
    public static void Add(string x, string[] constants, NodeProto node, GradientTape tape)
    {
        if (node.Int("axis", -1) != -1)
        {
            throw GradientRules.NoRule(node, "a norm over other axes than the last one");
        }

        (string middle, string scale) = ($"{node.Name}/mean", $"{node.Name}/scale");
        NodeProto norm = new() { Name = node.Name, OpType = "LayerNormalization", Input = { x } };
        norm.Input.AddRange(constants);
        norm.Output.AddRange([node.Output[0], middle, scale]);
        norm.Attribute.AddRange(
            [Attribute.Int("axis", -1), Attribute.Float("epsilon", node.Float("epsilon")), Attribute.Int("stash_type", 1)]);
        tape.Nodes.Add(norm);
        tape.Record(norm, gradient =>
        {
            TrainingNodes nodes = tape.Nodes;
            string weighted = nodes.Add("Mul", [gradient, constants[0]]);
            string unit = nodes.Add("Mul", [nodes.Add("Sub", [x, middle]), scale]);
            string mean = Mean(weighted);
            string along = Mean(nodes.Add("Mul", [weighted, unit]));
            string centred = nodes.Add("Sub", [nodes.Add("Sub", [weighted, mean]), nodes.Add("Mul", [unit, along])]);
            tape.Give(x, nodes.Add("Mul", [centred, scale]));

            string Mean(string value) => nodes.Add("ReduceMean", [value, nodes.Vector(-1)], Attribute.Int("keepdims", 1));
        });
    }
}
