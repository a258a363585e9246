using ALoRA.Onnx.Export.Architectures;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>
/// The residual stream of a decoder, <c>[batch, sequence, hidden]</c>. The output of a block is added when the next norm reads the
/// stream, so that both are one node.
/// </summary>
internal sealed class ResidualStream(DecoderContext context, string embedding)
{
    private readonly NormNodes _norms = new(context);
    private string _value = embedding;
    private string? _pending;

    /// <summary>Adds the output of a block.</summary>
    public void Add(string path, string output)
    {
        float multiplier = context.Blueprint.ResidualMultiplier;
        string scaled = multiplier == 1
            ? output
            : context.Graph.Add($"{path}/residual_multiplier/Mul", "Mul", [output, context.Graph.Scalar(multiplier)]);
        _pending = _pending is null ? scaled : context.Graph.Add($"{path}/parallel/Add", "Add", [_pending, scaled]);
    }

    /// <summary>The normalised stream.</summary>
    public string Normalize(NormBlueprint norm)
    {
        string path = GraphNames.NodePath(norm.Path);
        if (_pending is null)
        {
            return _norms.Add(path, norm, _value);
        }

        (string normalized, _value) = _norms.AddSum(path, norm, _value, _pending);
        _pending = null;
        return normalized;
    }

    /// <summary>The stream as it is.</summary>
    public string Read(string path)
    {
        if (_pending is not null)
        {
            _value = context.Graph.Add($"{path}/residual/Add", "Add", [_value, _pending]);
            _pending = null;
        }

        return _value;
    }

    /// <summary>Keeps some rows only.</summary>
    public void Select(string path, HeadRows rows)
    {
        if (_pending is not null)
        {
            throw new InvalidOperationException($"{path}: rows can be selected only right after the stream was read.");
        }

        _value = rows.Select(path, _value);
    }
}
