namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>Qwen 2 and 2.5: Llama's shape with biases on query, key and value.</summary>
internal sealed class Qwen2Gguf : GgufArchitecture
{
    public override string Name => "qwen2";

    public override string ClassName => "Qwen2ForCausalLM";

    public override void Configure(GgufConfig config)
    {
        config.Json["hidden_act"] = "silu";
        config.Json["use_sliding_window"] = false;
    }
}
