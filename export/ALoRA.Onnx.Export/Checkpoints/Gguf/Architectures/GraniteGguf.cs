namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>Granite 3: Llama with four multipliers.</summary>
internal sealed class GraniteGguf : GgufArchitecture
{
    public override string Name => "granite";

    public override string ClassName => "GraniteForCausalLM";

    public override bool InterleavesRotaryPairs => true;

    public override void Configure(GgufConfig config)
    {
        // llama.cpp takes this for whether there is a rotary embedding at all.
        if (config.Metadata.Flag(config.Key("rope.scaling.finetuned")) == false)
        {
            throw config.Metadata.Error(
                $"'{config.Key("rope.scaling.finetuned")}' is false: a model without rotary embedding is not supported",
                "Export another model");
        }

        config.Json["hidden_act"] = "silu";
        config.Json["attention_bias"] = config.AnyLayerHas("attn_q.bias");
        config.Json["mlp_bias"] = config.AnyLayerHas("ffn_up.bias");
        config.Json["attention_multiplier"] = config.Number("attention.scale") ?? 1 / Math.Sqrt(config.HeadSize);
        config.Json["embedding_multiplier"] = config.Number("embedding_scale") ?? 1;
        config.Json["residual_multiplier"] = config.Number("residual_scale") ?? 1;
        config.Json["logits_scaling"] = config.Number("logit_scale") ?? 1;
    }
}
