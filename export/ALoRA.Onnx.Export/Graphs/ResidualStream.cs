using ALoRA.Onnx.Export.Architectures;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>
/// The residual stream of a decoder, <c>[batch, sequence, hidden]</c>. The output of a block is added when the next norm reads the
/// stream, so that both are one node.
/// </summary>
internal sealed class ResidualStream(DecoderContext context, string embedding)
{
    private string _value = embedding;
    private string? _pending;

    /// <summary>Adds the output of a block.</summary>
    public void Add(string path, string output)
    {
        if (_pending is not null)
        {
            throw new InvalidOperationException($"{path}: the stream still holds an output that no norm has read.");
        }

        float multiplier = context.Blueprint.ResidualMultiplier;
        _pending = multiplier == 1
            ? output
            : context.Graph.Add($"{path}/residual_multiplier/Mul", "Mul", [output, context.Graph.Scalar(multiplier)]);
    }

    /// <summary>The normalised stream.</summary>
    public string Normalize(string path, NormBlueprint norm)
    {
        GraphBuilder graph = context.Graph;
        string weight = graph.External(norm.Weight, context.Weights.Vector(norm.Weight, [norm.Weight]), norm.Size);
        if (_pending is null)
        {
            return graph.Add(
                $"{path}/SimplifiedLayerNormalization", "SimplifiedLayerNormalization", [_value, weight],
                Attribute.Int("axis", -1), Attribute.Float("epsilon", norm.Epsilon), Attribute.Int("stash_type", 1));
        }

        string node = $"{path}/SkipSimplifiedLayerNormalization";
        string sum = $"{node}/output_3";
        graph.AddNamed(
            node, "SkipSimplifiedLayerNormalization", [$"{node}/output_0", "", "", sum], [_value, _pending, weight],
            Attribute.Float("epsilon", norm.Epsilon));
        _value = sum;
        _pending = null;
        return $"{node}/output_0";
    }

    /// <summary>Keeps some positions only.</summary>
    public void Gather(string path, string positions)
    {
        if (_pending is not null)
        {
            throw new InvalidOperationException($"{path}: positions can be selected only right after a norm.");
        }

        _value = context.Graph.Add($"{path}/Gather", "Gather", [_value, positions], Attribute.Int("axis", 1));
    }
}
