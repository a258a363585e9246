using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>
/// Gemma 3, the text model: norms on query and key, five layers with a window and rotary base of their own before each full one.
/// </summary>
internal sealed class Gemma3Gguf : GgufArchitecture
{
    private const int LayerCountOf27B = 62;
    private const int DefaultInterval = 6;
    private const double WindowRopeTheta = 10_000;

    public override string Name => "gemma3";

    public override string ModelType => "gemma3_text";

    public override string ClassName => "Gemma3ForCausalLM";

    public override bool AddsOneToNorms => true;

    public override IReadOnlyDictionary<string, string> LayerTensors { get; } = CommonTensorsAnd(
        [.. GemmaLayers.Norms, ("attn_q_norm", "self_attn.q_norm"), ("attn_k_norm", "self_attn.k_norm")]);

    public override void Configure(GgufConfig config)
    {
        int interval = config.Count("attention.sliding_window_pattern") ?? DefaultInterval;
        if (config.Number("rope.scaling.attn_factor") is not (null or 1))
        {
            throw config.Metadata.Error(
                $"'{config.Key("rope.scaling.attn_factor")}' is not 1, which would scale the layers with a window, too",
                "Export the Hugging Face checkpoint");
        }

        JsonNode fullRope = config.Json["rope_parameters"]!;
        config.Json["head_dim"] = config.HeadSize;
        config.Json["hidden_activation"] = "gelu_pytorch_tanh";
        config.Json["attention_bias"] = false;
        config.Json["attn_logit_softcapping"] = config.Number("attn_logit_softcapping");
        config.Json["final_logit_softcapping"] = config.Number("final_logit_softcapping");
        config.Json["query_pre_attn_scalar"] = GemmaLayers.QueryScalar(config, LayerCountOf27B);
        config.Json["sliding_window"] = config.RequiredCount("attention.sliding_window");
        config.Json["layer_types"] = GemmaLayers.LayerTypes(config.LayerCount, interval);
        config.Json["rope_parameters"] = new JsonObject
        {
            ["full_attention"] = fullRope.DeepClone(),
            ["sliding_attention"] = new JsonObject
            {
                ["rope_type"] = "default",
                ["rope_theta"] = config.Number("rope.freq_base_swa") ?? WindowRopeTheta,
            },
        };
    }
}
