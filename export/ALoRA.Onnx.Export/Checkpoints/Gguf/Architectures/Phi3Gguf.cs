namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>Phi 3 and 4: query, key and value in one tensor, gate and up in another, as in the Hugging Face checkpoint.</summary>
internal sealed class Phi3Gguf : GgufArchitecture
{
    public override string Name => "phi3";

    public override string ClassName => "Phi3ForCausalLM";

    public override IReadOnlyDictionary<string, string> LayerTensors { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["attn_norm"] = "input_layernorm",
        ["attn_qkv"] = "self_attn.qkv_proj",
        ["attn_output"] = "self_attn.o_proj",
        ["ffn_norm"] = "post_attention_layernorm",
        ["ffn_up"] = "mlp.gate_up_proj",
        ["ffn_down"] = "mlp.down_proj",
    };

    public override void Configure(GgufConfig config)
    {
        config.Json["hidden_act"] = "silu";

        // A window of 0 stands for none.
        config.Json["sliding_window"] = config.Count("attention.sliding_window") is > 0 and { } window ? window : null;
        config.Json["original_max_position_embeddings"] =
            config.Count("rope.scaling.original_context_length") ?? config.RequiredCount("context_length");
    }
}
