using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>The gate of a feed-forward block: <c>activation(gate) · up</c> from the fused <c>gate|up</c> product.</summary>
internal sealed class MlpNodes(DecoderContext context)
{
    public string Gate(string path, MlpBlueprint mlp, string gateUp)
    {
        GraphBuilder graph = context.Graph;
        int size = mlp.Down.InputSize;
        string[] halves = graph.Add($"{path}/Split", "Split", 2, [gateUp, graph.Vector(size, size)], Attribute.Int("axis", -1));
        string activated = mlp.Activation switch
        {
            ActivationFunction.Silu => graph.Add(
                $"{path}/act_fn/Mul", "Mul", [halves[0], graph.Add($"{path}/act_fn/Sigmoid", "Sigmoid", [halves[0]])]),
            _ => throw new InvalidOperationException($"{path}: no nodes for {mlp.Activation}."),
        };
        return graph.Add($"{path}/Mul", "Mul", [activated, halves[1]]);
    }
}
