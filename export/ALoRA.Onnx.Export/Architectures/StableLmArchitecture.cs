using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>
/// StableLM 2 and 3B: layer norms, a part of each head rotated; the 12B model has norms for each head and parallel blocks.
/// </summary>
internal sealed class StableLmArchitecture : DecoderArchitecture
{
    public override string ModelType => "stablelm";

    public override ConfigDefaults Defaults { get; } = new()
    {
        NormEpsilonKey = "layer_norm_eps",
        NormEpsilon = 1e-5f,
        MaxPositions = 4096,
        KeyValueHeadCount = 32,
        PartialRotary = 0.25,
    };

    protected override NormBlueprint Norm(ModelConfig config, string path) =>
        base.Norm(config, path) with { SubtractsMean = true, Bias = $"{path}.bias" };

    protected override LayerBlueprint DescribeLayer(ModelConfig config, LayerPlace layer)
    {
        LayerBlueprint sequential = base.DescribeLayer(config, layer);
        return config.Keys.Boolean("use_parallel_residual", false) ? sequential with { IsParallel = true, MlpNorm = null } : sequential;
    }

    protected override AttentionBlueprint DescribeAttention(ModelConfig config, LayerPlace layer)
    {
        AttentionBlueprint attention = base.DescribeAttention(config, layer);
        return config.Keys.Boolean("qk_layernorm", false)
            ? attention with
            {
                QueryNorm = HeadNorms(config, $"{layer.Path}.self_attn.q_layernorm", config.HeadCount),
                KeyNorm = HeadNorms(config, $"{layer.Path}.self_attn.k_layernorm", config.KeyValueHeadCount),
            }
            : attention;
    }

    protected override bool HasQkvBias(ModelConfig config) => config.Keys.Boolean("use_qkv_bias", false);

    protected override bool HasOutputBias(ModelConfig config) => false;

    private HeadNormBlueprint HeadNorms(ModelConfig config, string path, int count) =>
        new([.. Enumerable.Range(0, count).Select(
            head => Norm(config, $"{path}.norms.{head}") with { Size = config.HeadSize, Bias = null })]);
}
