using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>OLMo 2: norms after the blocks instead of before them, and on query and key over the full width.</summary>
internal sealed class Olmo2Architecture : DecoderArchitecture
{
    public override string ModelType => "olmo2";

    public override ConfigDefaults Defaults { get; } = new() { NormEpsilon = 1e-5f };

    protected override LayerBlueprint DescribeLayer(ModelConfig config, LayerPlace layer) => base.DescribeLayer(config, layer) with
    {
        AttentionNorm = null,
        AttentionPostNorm = Norm(config, $"{layer.Path}.post_attention_layernorm"),
        MlpNorm = null,
        MlpPostNorm = Norm(config, $"{layer.Path}.post_feedforward_layernorm"),
    };

    protected override AttentionBlueprint DescribeAttention(ModelConfig config, LayerPlace layer) =>
        base.DescribeAttention(config, layer) with
        {
            QueryNorm = new HeadNormBlueprint(Norm(config, $"{layer.Path}.self_attn.q_norm") with { Size = config.QuerySize }),
            KeyNorm = new HeadNormBlueprint(Norm(config, $"{layer.Path}.self_attn.k_norm") with { Size = config.KeyValueSize }),
        };

    protected override bool HasQkvBias(ModelConfig config) => AttentionBias(config);
}
