using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Gemma 2: soft caps on scores and logits, a window in every other layer, norms before and after the blocks.</summary>
internal class Gemma2Architecture : GemmaArchitecture
{
    protected const int DefaultWindow = 4096;

    private const float DefaultQueryScalar = 256;

    public override string ModelType => "gemma2";

    public override ConfigDefaults Defaults { get; } = new()
    {
        ActivationKey = "hidden_activation",
        Activation = "gelu_pytorch_tanh",
        MaxPositions = 8192,
        TieWordEmbeddings = true,
        KeyValueHeadCount = 4,
        HeadSize = 256,
    };

    public override IReadOnlyCollection<string> IgnoredKeys => ["hidden_act"];

    /// <summary>Soft cap of the scores where the key is absent.</summary>
    protected virtual float? DefaultScoresCap => 50;

    /// <summary>Soft cap of the logits where the key is absent.</summary>
    protected virtual float? DefaultLogitsCap => 30;

    public override DecoderBlueprint Describe(ModelConfig config) =>
        base.Describe(config) with { LogitsSoftCap = config.Keys.OptionalSingle("final_logit_softcapping", DefaultLogitsCap) };

    protected override IReadOnlyList<int?> Windows(ModelConfig config) =>
        LayerWindows.ByType(config, config.Keys.OptionalCount("sliding_window", DefaultWindow), layer => layer % 2 == 0);

    protected override LayerBlueprint DescribeLayer(ModelConfig config, LayerPlace layer) => base.DescribeLayer(config, layer) with
    {
        AttentionPostNorm = Norm(config, $"{layer.Path}.post_attention_layernorm"),
        MlpNorm = Norm(config, $"{layer.Path}.pre_feedforward_layernorm"),
        MlpPostNorm = Norm(config, $"{layer.Path}.post_feedforward_layernorm"),
    };

    protected override AttentionBlueprint DescribeAttention(ModelConfig config, LayerPlace layer) =>
        base.DescribeAttention(config, layer) with
        {
            Scale = 1 / MathF.Sqrt(config.Keys.Single("query_pre_attn_scalar", DefaultQueryScalar)),
            SoftCap = config.Keys.OptionalSingle("attn_logit_softcapping", DefaultScoresCap),
        };
}
