using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Graphs.Proto;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>Self-attention over the KV cache. Past and present are one buffer at run time.</summary>
internal sealed class AttentionNodes(DecoderContext context)
{
    private readonly NormNodes _norms = new(context);
    private readonly RotaryNodes _rotary = new(context);

    /// <summary>Adds attention of one layer: <c>[batch, sequence, q|k|v]</c> to <c>[batch, sequence, heads · head_dim]</c>.</summary>
    public string Add(string path, int layer, AttentionBlueprint attention, string queryKeyValue)
    {
        if (context.Kind.IsBatch())
        {
            return AddToSlots(path, layer, attention, queryKeyValue);
        }

        GraphBuilder graph = context.Graph;
        DecoderBlueprint blueprint = context.Blueprint;
        Dimension[] cache = ["batch", blueprint.KeyValueHeadCount, "capacity", blueprint.HeadSize];
        string pastKey = graph.Input(GraphNames.PastKey(layer), graph.Activations.ToOnnx(), cache);
        string pastValue = graph.Input(GraphNames.PastValue(layer), graph.Activations.ToOnnx(), cache);
        // GenAI without a shared buffer has present longer than past.
        cache[2] = context.Kind == GraphKind.GenAI ? "present_capacity" : cache[2];
        graph.Output(GraphNames.PresentKey(layer), graph.Activations.ToOnnx(), cache);
        graph.Output(GraphNames.PresentValue(layer), graph.Activations.ToOnnx(), cache);
        string[] heads = PrepareHeads(path, attention, queryKeyValue);
        string[] rotary = attention.Rope is not null && _rotary.IsInAttention(attention.Rope) ? _rotary.Inputs(attention.Rope) : [];
        if (context.FusedProducts.Takes(attention, rotary.Length) && heads is [_, "", ""])
        {
            string own = $"{path}/StepAttention";
            graph.AddNamed(
                own, "StepAttention",
                [$"{own}/output_0", GraphNames.PresentKey(layer), GraphNames.PresentValue(layer), $"{own}/scratch"],
                [heads[0], pastKey, pastValue, GraphNames.SequenceLengths, .. OfBranches(rotary)],
                Attribute.Ints("heads", [blueprint.HeadCount]), Attribute.Ints("kv_heads", [blueprint.KeyValueHeadCount]),
                Attribute.Floats("scale", [attention.Scale]));
            return $"{own}/output_0";
        }

        string node = $"{path}/GroupQueryAttention";
        graph.AddNamed(
            node, "GroupQueryAttention",
            [$"{node}/output_0", GraphNames.PresentKey(layer), GraphNames.PresentValue(layer)],
            [.. heads, pastKey, pastValue, GraphNames.SequenceLengths, GraphNames.TotalLength,
                .. context.Kind == GraphKind.Fanout ? Branched(rotary) : rotary],
            [.. Attributes(attention, rotary.Length > 0)]);
        return $"{node}/output_0";
    }

    // Rows of many sequences: the operator writes keys and values in place, and rotates heads of any size.
    private string AddToSlots(string path, int layer, AttentionBlueprint attention, string queryKeyValue)
    {
        GraphBuilder graph = context.Graph;
        string keys = graph.Input(GraphNames.CacheKeys(layer), graph.Activations.ToOnnx(), "cache_elements");
        string values = graph.Input(GraphNames.CacheValues(layer), graph.Activations.ToOnnx(), "cache_elements");
        string[] rotary = attention.Rope is null ? [] : _rotary.Inputs(attention.Rope);
        List<AttributeProto> attributes =
        [
            Attribute.Ints("heads", [context.Blueprint.HeadCount, context.Blueprint.KeyValueHeadCount]),
            Attribute.Floats("scale", attention.Scale),
        ];
        if (attention.Window is { } window)
        {
            attributes.Add(Attribute.Ints("window", [window]));
        }

        if (attention.SoftCap is { } cap)
        {
            attributes.Add(Attribute.Floats("softcap", cap));
        }

        return graph.Add(
            $"{path}/SlotAttention", "SlotAttention",
            [.. Split(path, attention, queryKeyValue), keys, values, GraphNames.CacheSlots, GraphNames.PositionIds, .. rotary],
            [.. attributes]);
    }

    private string[] OfBranches(string[] rotary) => context.Kind != GraphKind.Branches ? rotary
        : [.. rotary.Length == 0 ? ["", ""] : rotary, GraphNames.BranchRows, GraphNames.BranchOwners];

    // The bias stands behind the tables of the rotation and their rows, whether there are any or not.
    private static string[] Branched(string[] rotary) =>
        [.. rotary, .. Enumerable.Repeat("", RotaryNodes.MostInputs - rotary.Length), GraphNames.AttentionBias];

    // The operator takes queries, keys and values in one value as well, and rotates them itself where it can.
    private string[] PrepareHeads(string path, AttentionBlueprint attention, string queryKeyValue)
    {
        bool rotates = attention.Rope is not null && !_rotary.IsInAttention(attention.Rope);
        if (attention.QueryNorm is null && attention.KeyNorm is null && !rotates)
        {
            return [queryKeyValue, "", ""];
        }

        string[] parts = Split(path, attention, queryKeyValue);
        return rotates
            ?
            [
                _rotary.Rotate($"{path}/q_rotary", attention.Rope!, parts[0], context.Blueprint.HeadCount),
                _rotary.Rotate($"{path}/k_rotary", attention.Rope!, parts[1], context.Blueprint.KeyValueHeadCount),
                parts[2],
            ]
            : parts;
    }

    private string[] Split(string path, AttentionBlueprint attention, string queryKeyValue)
    {
        GraphBuilder graph = context.Graph;
        int headSize = context.Blueprint.HeadSize;
        int querySize = context.Blueprint.HeadCount * headSize;
        int keySize = context.Blueprint.KeyValueHeadCount * headSize;
        string[] parts = graph.Add(
            $"{path}/Split", "Split", 3, [queryKeyValue, graph.Vector(querySize, keySize, keySize)], Attribute.Int("axis", -1));
        string query = attention.QueryNorm is null
            ? parts[0]
            : _norms.AddToHeads($"{path}/q_norm", attention.QueryNorm, parts[0], querySize);
        string key = attention.KeyNorm is null ? parts[1] : _norms.AddToHeads($"{path}/k_norm", attention.KeyNorm, parts[1], keySize);
        return [query, key, parts[2]];
    }

    private IEnumerable<AttributeProto> Attributes(AttentionBlueprint attention, bool rotates)
    {
        yield return Attribute.Int("num_heads", context.Blueprint.HeadCount);
        yield return Attribute.Int("kv_num_heads", context.Blueprint.KeyValueHeadCount);
        yield return Attribute.Float("scale", attention.Scale);
        yield return Attribute.Int("do_rotary", rotates ? 1 : 0);
        if (attention.Window is { } window)
        {
            yield return Attribute.Int("local_window_size", window);
        }

        if (attention.SoftCap is { } cap)
        {
            yield return Attribute.Float("softcap", cap);
        }
    }
}
