using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Configuration;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>Builds a graph of a model: embedding, layers, final norm, head.</summary>
internal sealed class DecoderGraph
{
    private readonly DecoderContext _context;
    private readonly GraphBuilder _graph;
    private readonly DecoderBlueprint _blueprint;
    private readonly ProjectionNodes _projections;
    private readonly AttentionNodes _attention;
    private readonly MlpNodes _mlp;
    private readonly NormNodes _norms;

    private DecoderGraph(DecoderContext context)
    {
        _context = context;
        _graph = context.Graph;
        _blueprint = context.Blueprint;
        _projections = new ProjectionNodes(context);
        _attention = new AttentionNodes(context);
        _mlp = new MlpNodes(context);
        _norms = new NormNodes(context);
    }

    /// <summary>Adds the whole decoder to the context's graph and weights.</summary>
    public static void Build(DecoderContext context, IReadOnlyList<AdapterGroup> groups) => new DecoderGraph(context).Build(groups);

    private void Build(IReadOnlyList<AdapterGroup> groups)
    {
        HeadRows rows = SequenceInputs.Add(_context);
        Dimension[] shape = _context.Kind.IsBatch()
            ? [rows.Count, "sequence", _blueprint.VocabSize]
            : ["batch", rows.Count, _blueprint.VocabSize];
        _graph.Output(GraphNames.Logits, _graph.Activations.ToOnnx(), shape);

        AdapterBranches branches = AdapterBranches.Of(_context, groups);
        ResidualStream stream = new(_context, Embed());
        for (int layer = 0; layer < _blueprint.Layers.Count; layer++)
        {
            AddLayer(layer, stream, branches, layer == _blueprint.Layers.Count - 1 ? rows : null);
        }

        AddHead(stream.Normalize(
            _blueprint.FinalNorm,
            value => _context.FusedProducts.Takes(_blueprint.FinalNorm) ? _norms.AddOwn(_blueprint.FinalNorm, value, add: null) : null));
    }

    private string Embed()
    {
        string rows = new TableLookup(_graph).Add(
            "/model/embed_tokens", _context.Weights.Embedding(_blueprint.EmbeddingWeight), GraphNames.InputIds);
        return _blueprint.EmbeddingMultiplier == 1
            ? rows
            : _graph.Add("/model/embed_tokens/multiplier/Mul", "Mul", [rows, _graph.Scalar(_blueprint.EmbeddingMultiplier)]);
    }

    // After the last layer's attention only the rows that reach the head are needed; rows is null for the other layers.
    private void AddLayer(int index, ResidualStream stream, AdapterBranches branches, HeadRows? rows)
    {
        LayerBlueprint layer = _blueprint.Layers[index];
        string path = GraphNames.NodePath(layer.Path);
        string input = Input($"{path}/self_attn", stream, layer.AttentionNorm, layer, layer.Attention.Qkv, branches);
        string queryKeyValue = _projections.Add(layer.Path, layer.Attention.Qkv, input, branches);
        string heads = _attention.Add($"{path}/self_attn", index, layer.Attention, queryKeyValue);
        if (rows is not null)
        {
            heads = rows.Select($"{path}/self_attn", heads);
            input = layer.IsParallel ? rows.Select($"{path}/mlp", input) : input;
            stream.Select($"{path}/residual", rows);
            branches = branches.Select(layer.Projections.Skip(1).Select(projection => projection.Group), rows);
        }

        AddBlock($"{path}/self_attn", stream, layer, layer.AttentionPostNorm, layer.Attention.Output, heads, branches);
        input = layer.IsParallel ? input : Input($"{path}/mlp", stream, layer.MlpNorm, layer, layer.Mlp.Up, branches);
        bool isSwiGlu = layer.Mlp is { IsGated: true, Activation: ActivationFunction.Silu };
        string activated = (isSwiGlu ? _projections.TryAddSwiGlu(layer.Path, layer.Mlp.Up, input, branches) : null)
            ?? _mlp.Activate($"{path}/mlp", layer.Mlp, _projections.Add(layer.Path, layer.Mlp.Up, input, branches));
        AddBlock($"{path}/mlp", stream, layer, layer.MlpPostNorm, layer.Mlp.Down, activated, branches);
    }

    private string Input(
        string path, ResidualStream stream, NormBlueprint? norm, LayerBlueprint layer, ProjectionBlueprint next,
        AdapterBranches branches) =>
        norm is null
            ? stream.Read(path)
            : stream.Normalize(norm, value => _projections.TryNormalize(norm, value, layer.Path, next, branches));

    // The last projection of a block, and its sum with the stream.
    private void AddBlock(
        string path, ResidualStream stream, LayerBlueprint layer, NormBlueprint? norm, ProjectionBlueprint projection, string input,
        AdapterBranches branches)
    {
        if (norm is null && stream.AsEnd is { } end && _projections.TryAddTo(end, layer.Path, projection, input, branches) is { } sum)
        {
            stream.Replace(sum);
            return;
        }

        string output = _projections.Add(layer.Path, projection, input, branches);
        stream.Add(path, norm is null ? output : _norms.Add(GraphNames.NodePath(norm.Path), norm, output));
    }

    private void AddHead(string hidden)
    {
        PlannedMatrix head = _context.Weights.Head(_blueprint.HeadWeight);
        bool isFused = _context.FusedProducts.TakesHead(head);
        List<(string Name, string Operation, string[] Operands)> steps = [];
        if (_blueprint.LogitsMultiplier != 1 && !isFused)
        {
            steps.Add(("multiplier/Mul", "Mul", [_graph.Scalar(_blueprint.LogitsMultiplier)]));
        }

        if (_blueprint.LogitsSoftCap is { } cap)
        {
            steps.Add(("soft_cap/Div", "Div", [_graph.Scalar(cap)]));
            steps.Add(("soft_cap/Tanh", "Tanh", []));
            steps.Add(("soft_cap/Mul", "Mul", [_graph.Scalar(cap)]));
        }

        string? logits = steps.Count == 0 ? GraphNames.Logits : null;
        ProductEnd scaled = new(Scale: _blueprint.LogitsMultiplier == 1 ? null : _blueprint.LogitsMultiplier);
        string value = isFused
            ? _context.FusedProducts.Add("/lm_head", head, hidden, scaled, output: logits)
            : _context.Products.Add("/lm_head", head, hidden, logits);
        for (int i = 0; i < steps.Count; i++)
        {
            string node = $"/lm_head/{steps[i].Name}";
            string output = i == steps.Count - 1 ? GraphNames.Logits : $"{node}/output_0";
            _graph.AddNamed(node, steps[i].Operation, [output], [value, .. steps[i].Operands]);
            value = output;
        }
    }
}
