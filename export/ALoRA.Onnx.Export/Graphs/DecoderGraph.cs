using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Weights;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>Builds <c>model.onnx</c>: embedding, layers, final norm, head.</summary>
internal sealed class DecoderGraph
{
    private readonly DecoderContext _context;
    private readonly GraphBuilder _graph;
    private readonly DecoderBlueprint _blueprint;
    private readonly ProjectionNodes _projections;
    private readonly AttentionNodes _attention;
    private readonly MlpNodes _mlp;

    private DecoderGraph(DecoderContext context)
    {
        _context = context;
        _graph = context.Graph;
        _blueprint = context.Blueprint;
        _projections = new ProjectionNodes(context);
        _attention = new AttentionNodes(context);
        _mlp = new MlpNodes(context);
    }

    /// <summary>Adds the whole decoder to the context's graph and weights.</summary>
    public static void Build(DecoderContext context, IReadOnlyList<AdapterGroup> groups) => new DecoderGraph(context).Build(groups);

    private void Build(IReadOnlyList<AdapterGroup> groups)
    {
        string ids = _graph.Input(GraphNames.InputIds, DataType.Int64, "batch", "sequence");
        _graph.Input(GraphNames.SequenceLengths, DataType.Int32, "batch");
        _graph.Input(GraphNames.TotalLength, DataType.Int32);
        string positions = _graph.Input(GraphNames.LogitsPositions, DataType.Int64, "logits_count");
        _graph.Output(GraphNames.Logits, _graph.Activations.ToOnnx(), "batch", "logits_count", _blueprint.VocabSize);

        ActivationMask mask = ActivationMask.Create(_graph, groups);
        ResidualStream stream = new(_context, Embed(ids));
        for (int layer = 0; layer < _blueprint.Layers.Count; layer++)
        {
            AddLayer(layer, stream, mask, layer == _blueprint.Layers.Count - 1 ? positions : null);
        }

        AddHead(stream.Normalize("/model/norm", _blueprint.FinalNorm));
    }

    private string Embed(string ids)
    {
        string rows = new TableLookup(_graph).Add("/model/embed_tokens", _context.Weights.Embedding(_blueprint.EmbeddingWeight), ids);
        return _blueprint.EmbeddingMultiplier == 1
            ? rows
            : _graph.Add("/model/embed_tokens/multiplier/Mul", "Mul", [rows, _graph.Scalar(_blueprint.EmbeddingMultiplier)]);
    }

    // After the last layer's attention only the rows that reach the head are needed; positions is null for the other layers.
    private void AddLayer(int index, ResidualStream stream, ActivationMask mask, string? positions)
    {
        LayerBlueprint layer = _blueprint.Layers[index];
        string path = GraphNames.NodePath(layer.Path);
        string normalized = stream.Normalize($"{path}/input_layernorm", layer.AttentionNorm);
        string queryKeyValue = _projections.Add(layer.Path, layer.Attention.Qkv, normalized, mask);
        string heads = _attention.Add($"{path}/self_attn", index, layer.Attention, queryKeyValue);
        if (positions is not null)
        {
            heads = _graph.Add($"{path}/self_attn/Gather", "Gather", [heads, positions], Attribute.Int("axis", 1));
            stream.Gather($"{path}/residual", positions);
            mask = mask.Gather(layer.Projections.Skip(1).Select(projection => projection.Group), positions);
        }

        stream.Add($"{path}/self_attn", _projections.Add(layer.Path, layer.Attention.Output, heads, mask));
        string gateUp = _projections.Add(layer.Path, layer.Mlp.GateUp, stream.Normalize($"{path}/post_attention_layernorm", layer.MlpNorm), mask);
        string gated = _mlp.Gate($"{path}/mlp", layer.Mlp, gateUp);
        stream.Add($"{path}/mlp", _projections.Add(layer.Path, layer.Mlp.Down, gated, mask));
    }

    private void AddHead(string hidden)
    {
        PlannedMatrix head = _context.Weights.Head(_blueprint.HeadWeight);
        if (_blueprint.LogitsMultiplier == 1)
        {
            _context.Products.Add("/lm_head", head, hidden, GraphNames.Logits);
            return;
        }

        string product = _context.Products.Add("/lm_head", head, hidden);
        _graph.AddNamed("/lm_head/multiplier/Mul", "Mul", [GraphNames.Logits], [product, _graph.Scalar(_blueprint.LogitsMultiplier)]);
    }
}
