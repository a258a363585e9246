using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Llama 2 and 3, and the many models with the same class (SmolLM, TinyLlama, DeepSeek distillations …).</summary>
internal sealed class LlamaArchitecture : DecoderArchitecture
{
    public override string ModelType => "llama";

    public override ConfigDefaults Defaults { get; } = new();

    protected override bool HasQkvBias(ModelConfig config) => AttentionBias(config);

    protected override bool HasMlpBias(ModelConfig config) => MlpBias(config);
}
