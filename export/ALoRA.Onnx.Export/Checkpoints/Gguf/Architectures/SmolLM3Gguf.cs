using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>
/// SmolLM 3: Llama in which every fourth layer has no rotary embedding. The format has no key for it; llama.cpp fixes it as well.
/// </summary>
internal sealed class SmolLM3Gguf : GgufArchitecture
{
    private const int NoRopeInterval = 4;

    public override string Name => "smollm3";

    public override string ClassName => "SmolLM3ForCausalLM";

    public override bool InterleavesRotaryPairs => true;

    public override void Configure(GgufConfig config)
    {
        config.Json["hidden_act"] = "silu";
        config.Json["attention_bias"] = config.AnyLayerHas("attn_q.bias");
        config.Json["mlp_bias"] = config.AnyLayerHas("ffn_up.bias");
        config.Json["use_sliding_window"] = false;
        config.Json["no_rope_layer_interval"] = NoRopeInterval;
        config.Json["no_rope_layers"] =
            new JsonArray([.. Enumerable.Range(1, config.LayerCount).Select(layer => (JsonNode)(layer % NoRopeInterval == 0 ? 0 : 1))]);
    }
}
