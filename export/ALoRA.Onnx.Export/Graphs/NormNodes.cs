using ALoRA.Onnx.Export.Architectures;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>Norms over the last dimension, alone or together with the sum before them.</summary>
internal sealed class NormNodes(DecoderContext context)
{
    /// <summary>Normalises a value.</summary>
    /// <param name="path">Prefix of the node's name.</param>
    /// <param name="norm">The norm.</param>
    /// <param name="value">Name of the value, <c>[.., norm.Size]</c>.</param>
    /// <returns>Name of the normalised value.</returns>
    public string Add(string path, NormBlueprint norm, string value) => norm.SubtractsMean
        ? AddLayerNorm(path, norm, [value, Weight(norm), .. Bias(norm)])
        : context.Graph.Add(
            $"{path}/SimplifiedLayerNormalization", "SimplifiedLayerNormalization", [value, Weight(norm)],
            Attribute.Int("axis", -1), Attribute.Float("epsilon", norm.Epsilon), Attribute.Int("stash_type", 1));

    /// <summary>Normalises rows by an operator of our own.</summary>
    /// <param name="norm">One that <see cref="FusedProduct"/> takes.</param>
    /// <param name="value">Name of the value, <c>[.., norm.Size]</c>.</param>
    /// <param name="add">Adds the node, of a name, inputs and an attribute, together with something else; null to add it alone.</param>
    /// <returns>Name of the normalised value.</returns>
    public string AddOwn(NormBlueprint norm, string value, Func<string, IReadOnlyList<string>, Proto.AttributeProto, string>? add)
    {
        string node = $"{GraphNames.NodePath(norm.Path)}/RmsNorm";
        Proto.AttributeProto epsilon = Attribute.Floats("epsilon", [norm.Epsilon]);
        return add is null ? context.Graph.Add(node, "RmsNorm", [value, Weight(norm)], epsilon) : add(node, [value, Weight(norm)], epsilon);
    }

    /// <summary>Normalises a sum.</summary>
    /// <returns>Names of the normalised sum and of the sum.</returns>
    public (string Normalized, string Sum) AddSum(string path, NormBlueprint norm, string left, string right)
    {
        string operation = norm.SubtractsMean ? "SkipLayerNormalization" : "SkipSimplifiedLayerNormalization";
        string node = $"{path}/{operation}";
        context.Graph.AddNamed(
            node, operation, [$"{node}/output_0", "", "", $"{node}/output_3"], [left, right, Weight(norm), .. Bias(norm)],
            Attribute.Float("epsilon", norm.Epsilon));
        return ($"{node}/output_0", $"{node}/output_3");
    }

    /// <summary>Normalises queries or keys, <c>[batch, sequence, heads · head_dim]</c>.</summary>
    /// <param name="path">Prefix of the nodes' names.</param>
    /// <param name="norm">The norm.</param>
    /// <param name="value">Name of the value.</param>
    /// <param name="width">Size of its last dimension.</param>
    public string AddToHeads(string path, HeadNormBlueprint norm, string value, int width)
    {
        GraphBuilder graph = context.Graph;
        if (norm.Size == width)
        {
            return Add(path, norm.Norms[0], value);
        }

        string heads = graph.Add($"{path}/heads/Reshape", "Reshape", [value, graph.Vector(0, 0, width / norm.Size, norm.Size)]);
        string normalized = norm.Norms.Count == 1 ? Add(path, norm.Norms[0], heads) : AddEach(path, norm, heads);
        return graph.Add($"{path}/Reshape", "Reshape", [normalized, graph.Vector(0, 0, width)]);
    }

    // One node for all heads, whose weights come after it.
    private string AddEach(string path, HeadNormBlueprint norm, string heads)
    {
        string[] names = [.. norm.Norms.Select(one => one.Weight)];
        string name = $"{norm.Norms[0].Path}-{norm.Norms.Count - 1}.weight";
        string weights = context.Graph.External(
            name, context.Weights.Vector(name, names, Shift(norm.Norms[0])), norm.Norms.Count, norm.Size);
        string normalized = AddLayerNorm(path, norm.Norms[0], [heads, context.Graph.Ones(norm.Size)]);
        return context.Graph.Add($"{path}/Mul", "Mul", [normalized, weights]);
    }

    private string AddLayerNorm(string path, NormBlueprint norm, ReadOnlySpan<string> inputs) => context.Graph.Add(
        $"{path}/LayerNormalization", "LayerNormalization", inputs,
        Attribute.Int("axis", -1), Attribute.Float("epsilon", norm.Epsilon), Attribute.Int("stash_type", 1));

    private string Weight(NormBlueprint norm) =>
        context.Graph.External(norm.Weight, context.Weights.Vector(norm.Weight, [norm.Weight], Shift(norm)), norm.Size);

    private IEnumerable<string> Bias(NormBlueprint norm) =>
        norm.Bias is null ? [] : [context.Graph.External(norm.Bias, context.Weights.Vector(norm.Bias, [norm.Bias]), norm.Size)];

    private static float Shift(NormBlueprint norm) => norm.AddsOne ? 1 : 0;
}
