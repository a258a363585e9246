using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>SmolLM 3: Llama in which some layers have no rotary embedding.</summary>
internal sealed class SmolLM3Architecture : DecoderArchitecture
{
    private const string LayersKey = "no_rope_layers";
    private const int DefaultInterval = 4;

    public override string ModelType => "smollm3";

    public override ConfigDefaults Defaults { get; } = new()
    {
        MaxPositions = 32768,
        TieWordEmbeddings = true,
        KeyValueHeadCount = 4,
        RopeTheta = 2_000_000,
    };

    protected override IReadOnlyList<int?> Windows(ModelConfig config)
    {
        int? window = config.Keys.OptionalCount("sliding_window", null);
        bool slides = config.Keys.Boolean("use_sliding_window", false) && window is not null;
        return LayerWindows.ByType(config, window, layer => slides && !Rotates(config, layer));
    }

    protected override AttentionBlueprint DescribeAttention(ModelConfig config, LayerPlace layer)
    {
        AttentionBlueprint attention = base.DescribeAttention(config, layer);
        return Rotates(config, layer.Index) ? attention : attention with { Rope = null };
    }

    protected override bool HasQkvBias(ModelConfig config) => AttentionBias(config);

    protected override bool HasMlpBias(ModelConfig config) => MlpBias(config);

    // 1 stands for a layer with rotary embedding, despite the name.
    private static bool Rotates(ModelConfig config, int layer)
    {
        int interval = config.Keys.Count("no_rope_layer_interval", DefaultInterval);
        if (!config.Keys.Has(LayersKey))
        {
            return (layer + 1) % interval != 0;
        }

        IReadOnlyList<int> layers = config.Keys.OneOrMore(LayersKey);
        if (layers.Count < config.LayerCount)
        {
            config.Keys.Refuse(LayersKey, $"{config.LayerCount} numbers, one for each layer, 0 for those without rotary embedding");
            return true;
        }

        return layers[layer] != 0;
    }
}
