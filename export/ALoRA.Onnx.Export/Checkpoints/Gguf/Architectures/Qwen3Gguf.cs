namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>Qwen 3: Llama's shape with norms on the heads of query and key.</summary>
internal sealed class Qwen3Gguf : GgufArchitecture
{
    public override string Name => "qwen3";

    public override string ClassName => "Qwen3ForCausalLM";

    public override IReadOnlyDictionary<string, string> LayerTensors { get; } =
        CommonTensorsAnd(("attn_q_norm", "self_attn.q_norm"), ("attn_k_norm", "self_attn.k_norm"));

    public override void Configure(GgufConfig config)
    {
        config.Json["head_dim"] = config.HeadSize;
        config.Json["hidden_act"] = "silu";
        config.Json["attention_bias"] = config.AnyLayerHas("attn_q.bias");
        config.Json["use_sliding_window"] = false;
    }
}
