using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Granite 3 and 4 dense models: Llama with four multipliers.</summary>
internal sealed class GraniteArchitecture : DecoderArchitecture
{
    public override string ModelType => "granite";

    public override ConfigDefaults Defaults { get; } = new();

    public override DecoderBlueprint Describe(ModelConfig config) => base.Describe(config) with
    {
        EmbeddingMultiplier = config.Keys.Single("embedding_multiplier", 1),
        ResidualMultiplier = config.Keys.Single("residual_multiplier", 1),
        LogitsMultiplier = 1 / config.Keys.Single("logits_scaling", 1),
    };

    protected override AttentionBlueprint DescribeAttention(ModelConfig config, LayerPlace layer) =>
        base.DescribeAttention(config, layer) with { Scale = config.Keys.Single("attention_multiplier", 1) };

    protected override bool HasQkvBias(ModelConfig config) => AttentionBias(config);

    protected override bool HasMlpBias(ModelConfig config) => MlpBias(config);
}
