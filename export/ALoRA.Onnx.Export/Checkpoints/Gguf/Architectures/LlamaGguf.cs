namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>Llama and what is stored as one, as Mistral without sliding window.</summary>
internal sealed class LlamaGguf : GgufArchitecture
{
    public override string Name => "llama";

    public override string ClassName => "LlamaForCausalLM";

    public override bool InterleavesRotaryPairs => true;

    public override void Configure(GgufConfig config)
    {
        config.Json["head_dim"] = config.HeadSize;
        config.Json["hidden_act"] = "silu";
        config.Json["attention_bias"] = config.AnyLayerHas("attn_q.bias");
        config.Json["mlp_bias"] = config.AnyLayerHas("ffn_up.bias");
    }
}
