using System.Globalization;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>A projection with its adapter branch: <c>W·x + bias + B·(A·x)</c>.</summary>
internal sealed class ProjectionNodes(DecoderContext context)
{
    private readonly NormNodes _norms = new(context);

    /// <summary>
    /// Adds the projection. <paramref name="layerPath"/> is the prefix of the checkpoint's names, such as <c>model.layers.0</c>.
    /// </summary>
    public string Add(string layerPath, ProjectionBlueprint projection, string input, AdapterBranches branches)
    {
        string weightPath = $"{layerPath}.{projection.Path}";
        if (FusedMatrix(weightPath, projection) is { } matrix)
        {
            return WithBias(weightPath, projection, Fused(weightPath, projection, matrix, input, branches, default));
        }

        return branches.Covers(projection.Group)
            ? branches.Add(weightPath, projection, input, x => Product(weightPath, projection, x))
            : Product(weightPath, projection, input);
    }

    /// <summary>Adds the projection and its sum with the residual stream, where one operator does both.</summary>
    /// <returns>Name of the sum; null where no operator does it.</returns>
    public string? TryAddTo(
        ProductEnd stream, string layerPath, ProjectionBlueprint projection, string input, AdapterBranches branches)
    {
        string weightPath = $"{layerPath}.{projection.Path}";
        return BiasesOf(projection).Length == 0 && FusedMatrix(weightPath, projection) is { } matrix
            ? Fused(weightPath, projection, matrix, input, branches, stream)
            : null;
    }

    /// <summary>Adds the projection to gates and values, and <c>silu(gate) · up</c> of them, where one operator does both.</summary>
    /// <returns>Name of the product; null where no operator does it.</returns>
    public string? TryAddSwiGlu(string layerPath, ProjectionBlueprint projection, string input, AdapterBranches branches)
    {
        string weightPath = $"{layerPath}.{projection.Path}";
        return BiasesOf(projection).Length == 0 && FusedMatrix(weightPath, projection) is { } matrix
            && context.FusedProducts.TakesSwiGlu(matrix)
            ? Fused(weightPath, projection, matrix, input, branches, new ProductEnd(IsSwiGlu: true))
            : null;
    }

    /// <summary>
    /// Adds the norm before a projection as an operator of our own, with the first half of the projection's branch where there is one.
    /// </summary>
    /// <returns>Name of the normalised value; null where there is no such operator.</returns>
    public string? TryNormalize(
        NormBlueprint norm, string value, string layerPath, ProjectionBlueprint projection, AdapterBranches branches)
    {
        string weightPath = $"{layerPath}.{projection.Path}";
        return !context.FusedProducts.Takes(norm) ? null
            : _norms.AddOwn(norm, value, branches.Covers(projection.Group) && FusedMatrix(weightPath, projection) is not null
                ? (node, inputs, epsilon) => branches.AddNorm(weightPath, projection, node, inputs, epsilon)
                : null);
    }

    private PlannedMatrix? FusedMatrix(string weightPath, ProjectionBlueprint projection) =>
        context.Weights.Projection(weightPath, projection) is [PlannedMatrix matrix] && context.FusedProducts.TakesAdapted(matrix)
            ? matrix
            : null;

    private string Fused(
        string weightPath, ProjectionBlueprint projection, PlannedMatrix matrix, string input, AdapterBranches branches, ProductEnd end) =>
        branches.Covers(projection.Group)
            ? branches.AddProduct(weightPath, projection, matrix, input, end)
            : context.FusedProducts.Add(GraphNames.NodePath(weightPath), matrix, input, end);

    private string Product(string weightPath, ProjectionBlueprint projection, string input)
    {
        string result = Base(GraphNames.NodePath(weightPath), weightPath, projection, input);
        return WithBias(weightPath, projection, result);
    }

    private string WithBias(string weightPath, ProjectionBlueprint projection, string result)
    {
        string[] biases = BiasesOf(projection);
        if (biases.Length == 0)
        {
            return result;
        }

        GraphBuilder graph = context.Graph;
        string bias = graph.External($"{weightPath}.bias", context.Weights.Vector($"{weightPath}.bias", biases), projection.OutputSize);
        return graph.Add($"{GraphNames.NodePath(weightPath)}/bias/Add", "Add", [result, bias]);
    }

    private static string[] BiasesOf(ProjectionBlueprint projection) => [.. projection.Parts.Select(part => part.Bias).OfType<string>()];

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
