namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>OLMo 2: norms after the blocks, norms on query and key over their full width.</summary>
internal sealed class Olmo2Gguf : GgufArchitecture
{
    private const string WindowKey = "attention.sliding_window";

    public override string Name => "olmo2";

    public override string ClassName => "Olmo2ForCausalLM";

    public override IReadOnlyDictionary<string, string> LayerTensors { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["attn_q"] = "self_attn.q_proj",
        ["attn_k"] = "self_attn.k_proj",
        ["attn_v"] = "self_attn.v_proj",
        ["attn_output"] = "self_attn.o_proj",
        ["attn_q_norm"] = "self_attn.q_norm",
        ["attn_k_norm"] = "self_attn.k_norm",
        ["post_attention_norm"] = "post_attention_layernorm",
        ["ffn_gate"] = "mlp.gate_proj",
        ["ffn_up"] = "mlp.up_proj",
        ["ffn_down"] = "mlp.down_proj",
        ["post_ffw_norm"] = "post_feedforward_layernorm",
    };

    public override void Configure(GgufConfig config)
    {
        if (config.Metadata.Has(config.Key(WindowKey)))
        {
            throw config.Metadata.Error(
                $"'{config.Key(WindowKey)}' makes this an OLMo 3 model, which is not supported", "Export an OLMo 2 model");
        }

        config.Json["hidden_act"] = "silu";
        config.Json["attention_bias"] = config.AnyLayerHas("attn_q.bias");
    }
}
