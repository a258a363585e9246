using System.Globalization;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>A projection with its adapter branch: <c>W·x + bias + B·(A·x)</c>.</summary>
internal sealed class ProjectionNodes(DecoderContext context)
{
    /// <summary>
    /// Adds the projection. <paramref name="layerPath"/> is the prefix of the checkpoint's names, such as <c>model.layers.0</c>.
    /// </summary>
    public string Add(string layerPath, ProjectionBlueprint projection, string input, AdapterBranches branches)
    {
        string weightPath = $"{layerPath}.{projection.Path}";
        return branches.Covers(projection.Group)
            ? branches.Add(weightPath, projection, input, x => Product(weightPath, projection, x))
            : Product(weightPath, projection, input);
    }

    private string Product(string weightPath, ProjectionBlueprint projection, string input)
    {
        string nodePath = GraphNames.NodePath(weightPath);
        string result = Base(nodePath, weightPath, projection, input);
        string[] biases = [.. projection.Parts.Select(part => part.Bias).OfType<string>()];
        if (biases.Length == 0)
        {
            return result;
        }

        GraphBuilder graph = context.Graph;
        string bias = graph.External($"{weightPath}.bias", context.Weights.Vector($"{weightPath}.bias", biases), projection.OutputSize);
        return graph.Add($"{nodePath}/bias/Add", "Add", [result, bias]);
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
