using System.Globalization;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>A projection with its adapter branch: <c>W·x + bias + B·(mask ⊙ (A·x + a))</c>.</summary>
/// <remarks>
/// <code>
/// x ── MatMul W ── (Add bias) ──────────────────────── Add
///  └── MatMul A ── (Add a) ── Mul mask ── MatMul B ──┘
/// </code>
/// The bias of an adapter's B is a row of B whose column of A is zero and whose element of a is one:
/// so it lies behind the mask, and several adapters can lie side by side.
/// </remarks>
internal sealed class ProjectionNodes(DecoderContext context)
{
    /// <summary>
    /// Adds the projection. <paramref name="layerPath"/> is the prefix of the checkpoint's names, such as <c>model.layers.0</c>.
    /// </summary>
    public string Add(string layerPath, ProjectionBlueprint projection, string input, ActivationMask mask)
    {
        GraphBuilder graph = context.Graph;
        string weightPath = $"{layerPath}.{projection.Path}";
        string nodePath = GraphNames.NodePath(weightPath);
        string result = Base(nodePath, weightPath, projection, input);
        string[] biases = [.. projection.Parts.Select(part => part.Bias).OfType<string>()];
        if (biases.Length > 0)
        {
            string bias = graph.External($"{weightPath}.bias", context.Weights.Vector($"{weightPath}.bias", biases), projection.OutputSize);
            result = graph.Add($"{nodePath}/bias/Add", "Add", [result, bias]);
        }

        if (!mask.Covers(projection.Group))
        {
            return result;
        }

        string rank = $"R_{projection.Group}";
        string a = graph.OverridableInput($"{weightPath}.lora_A.weight", [projection.InputSize, rank], [projection.InputSize, 0]);
        string b = graph.OverridableInput($"{weightPath}.lora_B.weight", [rank, projection.OutputSize], [0, projection.OutputSize]);
        string down = graph.Add($"{nodePath}/lora_A/MatMul", "MatMul", [input, a]);
        if (context.HasAdapterBias)
        {
            // One zero stands for every rank, so that a run without bias, or without adapter, leaves it out.
            string shift = graph.OverridableInput($"{weightPath}.lora_A.bias", [$"bias_{projection.Group}"], [1]);
            down = graph.Add($"{nodePath}/lora_A/Add", "Add", [down, shift]);
        }

        string masked = graph.Add($"{nodePath}/lora_mask/Mul", "Mul", [down, mask.Of(projection.Group)]);
        string up = graph.Add($"{nodePath}/lora_B/MatMul", "MatMul", [masked, b]);
        return graph.Add($"{nodePath}/lora/Add", "Add", [result, up]);
    }

    private string Base(string nodePath, string weightPath, ProjectionBlueprint projection, string input)
    {
        IReadOnlyList<PlannedMatrix> matrices = context.Weights.Projection(weightPath, projection);
        if (matrices.Count == 1)
        {
            return context.Products.Add(nodePath, matrices[0], input);
        }

        string[] products = [.. matrices.Select((matrix, i) =>
            context.Products.Add(string.Create(CultureInfo.InvariantCulture, $"{nodePath}/{i}"), matrix, input))];
        return context.Graph.Add($"{nodePath}/Concat", "Concat", products, Attribute.Int("axis", -1));
    }
}
