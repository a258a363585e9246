namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>Gemma 2: soft caps, a window in every other layer, norms before and after the blocks.</summary>
internal sealed class Gemma2Gguf : GgufArchitecture
{
    private const int LayerCountOf27B = 46;
    private const int DefaultInterval = 2;
    private const int DefaultWindow = 4096;

    public override string Name => "gemma2";

    public override string ClassName => "Gemma2ForCausalLM";

    public override bool AddsOneToNorms => true;

    public override IReadOnlyDictionary<string, string> LayerTensors { get; } = CommonTensorsAnd(GemmaLayers.Norms);

    public override void Configure(GgufConfig config)
    {
        config.Json["head_dim"] = config.HeadSize;
        config.Json["hidden_activation"] = "gelu_pytorch_tanh";
        config.Json["attention_bias"] = false;
        config.Json["attn_logit_softcapping"] = config.Number("attn_logit_softcapping");
        config.Json["final_logit_softcapping"] = config.Number("final_logit_softcapping");
        config.Json["query_pre_attn_scalar"] = GemmaLayers.QueryScalar(config, LayerCountOf27B);
        config.Json["sliding_window"] = config.Count("attention.sliding_window") ?? DefaultWindow;
        config.Json["layer_types"] = GemmaLayers.LayerTypes(
            config.LayerCount, config.Count("attention.sliding_window_pattern") ?? DefaultInterval);
    }
}
