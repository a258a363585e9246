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
    /// <param name="norm">The norm.</param>
    /// <param name="own">Adds the norm of a value that is no sum in another way; null, or null of it, for the usual one.</param>
    public string Normalize(NormBlueprint norm, Func<string, string?>? own = null)
    {
        string path = GraphNames.NodePath(norm.Path);
        if (_pending is null)
        {
            return own?.Invoke(_value) ?? _norms.Add(path, norm, _value);
        }

        (string normalized, _value) = _norms.AddSum(path, norm, _value, _pending);
        _pending = null;
        return normalized;
    }

    /// <summary>The stream as a product adds it to itself; null where a block's output is still to be added.</summary>
    public ProductEnd? AsEnd => _pending is not null ? null
        : new ProductEnd(_value, Scale: context.Blueprint.ResidualMultiplier == 1 ? null : context.Blueprint.ResidualMultiplier);

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

    /// <summary>Goes on with the sum of the stream as it is, and a block's output.</summary>
    public void Replace(string sum) => _value = _pending is null
        ? sum
        : throw new InvalidOperationException($"{sum}: the stream was not read before.");

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
