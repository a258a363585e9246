using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Configuration;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>Self-attention over the KV cache. Past and present are one buffer at run time.</summary>
internal sealed class AttentionNodes(DecoderContext context)
{
    private readonly Dictionary<RopeSettings, (string Cosines, string Sines)> _rotary = [];

    /// <summary>Adds attention of one layer: <c>[batch, sequence, q|k|v]</c> to <c>[batch, sequence, heads · head_dim]</c>.</summary>
    public string Add(string path, int layer, AttentionBlueprint attention, string queryKeyValue)
    {
        GraphBuilder graph = context.Graph;
        DecoderBlueprint blueprint = context.Blueprint;
        Dimension[] cache = ["batch", blueprint.KeyValueHeadCount, "capacity", blueprint.HeadSize];
        string pastKey = graph.Input(GraphNames.PastKey(layer), graph.Activations.ToOnnx(), cache);
        string pastValue = graph.Input(GraphNames.PastValue(layer), graph.Activations.ToOnnx(), cache);
        graph.Output(GraphNames.PresentKey(layer), graph.Activations.ToOnnx(), cache);
        graph.Output(GraphNames.PresentValue(layer), graph.Activations.ToOnnx(), cache);
        (string cosines, string sines) = attention.Rope is null ? ("", "") : Rotary(attention.Rope);
        string node = $"{path}/GroupQueryAttention";
        graph.AddNamed(
            node, "GroupQueryAttention",
            [$"{node}/output_0", GraphNames.PresentKey(layer), GraphNames.PresentValue(layer)],
            [queryKeyValue, "", "", pastKey, pastValue, GraphNames.SequenceLengths, GraphNames.TotalLength, cosines, sines],
            Attribute.Int("num_heads", blueprint.HeadCount),
            Attribute.Int("kv_num_heads", blueprint.KeyValueHeadCount),
            Attribute.Float("scale", attention.Scale),
            Attribute.Int("do_rotary", attention.Rope is null ? 0 : 1));
        return $"{node}/output_0";
    }

    private (string Cosines, string Sines) Rotary(RopeSettings rope)
    {
        if (!_rotary.TryGetValue(rope, out (string Cosines, string Sines) names))
        {
            string name = _rotary.Count == 0 ? "model.rotary_emb" : $"model.rotary_emb.{_rotary.Count}";
            int positions = context.Blueprint.MaxPositions;
            (StoredTensor cosines, StoredTensor sines) = context.Weights.Rotary(name, rope, positions);
            names = (
                context.Graph.External(cosines.Name, cosines, positions, rope.RotaryDimension / 2),
                context.Graph.External(sines.Name, sines, positions, rope.RotaryDimension / 2));
            _rotary.Add(rope, names);
        }

        return names;
    }
}
