using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>
/// Gemma 3, the text model: Gemma 2 without soft caps, norms on the heads of query and key,
/// most layers with a window and a rotary embedding of their own.
/// </summary>
internal sealed class Gemma3Architecture : Gemma2Architecture
{
    private const int DefaultPattern = 6;

    public override string ModelType => "gemma3_text";

    public override ConfigDefaults Defaults { get; } = new()
    {
        ActivationKey = "hidden_activation",
        Activation = "gelu_pytorch_tanh",
        MaxPositions = 131072,
        TieWordEmbeddings = true,
        KeyValueHeadCount = 4,
        HeadSize = 256,
        RopeTheta = 1_000_000,
        WindowRopeTheta = 10_000,
    };

    protected override float? DefaultScoresCap => null;

    protected override float? DefaultLogitsCap => null;

    protected override IReadOnlyList<int?> Windows(ModelConfig config)
    {
        int pattern = config.Keys.Count("sliding_window_pattern", DefaultPattern);
        return LayerWindows.ByType(config, config.Keys.OptionalCount("sliding_window", DefaultWindow), layer => (layer + 1) % pattern != 0);
    }

    protected override AttentionBlueprint DescribeAttention(ModelConfig config, LayerPlace layer)
    {
        AttentionBlueprint attention = WithHeadNorms(base.DescribeAttention(config, layer), config, layer.Path);
        if (attention.SoftCap is not null)
        {
            // Transformers reads the key but computes without it; a checkpoint that was trained with it would be wrong either way.
            config.Keys.Refuse("attn_logit_softcapping", "null");
        }

        return attention;
    }
}
