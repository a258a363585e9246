namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>Gemma: norms with 1 + w, scaled embedding, GELU.</summary>
internal sealed class GemmaGguf : GgufArchitecture
{
    public override string Name => "gemma";

    public override string ClassName => "GemmaForCausalLM";

    public override bool AddsOneToNorms => true;

    public override void Configure(GgufConfig config)
    {
        config.Json["head_dim"] = config.HeadSize;
        config.Json["hidden_act"] = "gelu_pytorch_tanh";
        config.Json["attention_bias"] = false;
    }
}
