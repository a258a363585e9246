using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>What Gemma 2 and 3 share.</summary>
internal static class GemmaLayers
{
    /// <summary>Norms before and after attention and feed-forward.</summary>
    public static readonly (string Gguf, string HuggingFace)[] Norms =
    [
        ("post_attention_norm", "post_attention_layernorm"),
        ("ffn_norm", "pre_feedforward_layernorm"),
        ("post_ffw_norm", "post_feedforward_layernorm"),
    ];

    /// <summary>Layer types where every <paramref name="interval"/>-th layer sees everything and the others a window.</summary>
    public static JsonArray LayerTypes(int layerCount, int interval) => [.. Enumerable.Range(1, layerCount)
        .Select(layer => (JsonNode)(layer % interval == 0 ? "full_attention" : "sliding_attention"))];

    /// <summary>
    /// <c>query_pre_attn_scalar</c>: the file's attention scale, or the rule of the published models, in which the largest of a family
    /// divides by the hidden size of a head instead of its stored size.
    /// </summary>
    public static double QueryScalar(GgufConfig config, int largestModelLayerCount)
    {
        if (config.Number("attention.scale") is { } scale)
        {
            return 1 / (scale * scale);
        }

        return config.LayerCount == largestModelLayerCount ? (double)config.HiddenSize / config.HeadCount : config.HeadSize;
    }
}
