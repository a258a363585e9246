using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>StarCoder 2: layer norms, biases everywhere, an MLP without gate.</summary>
internal sealed class Starcoder2Architecture : DecoderArchitecture
{
    public override string ModelType => "starcoder2";

    public override ConfigDefaults Defaults { get; } = new()
    {
        NormEpsilonKey = "norm_epsilon",
        NormEpsilon = 1e-5f,
        Activation = "gelu_pytorch_tanh",
        MaxPositions = 4096,
        TieWordEmbeddings = true,
        KeyValueHeadCount = 2,
    };

    public override IReadOnlyCollection<string> IgnoredKeys =>
    [
        "activation_function", "attention_softmax_in_fp32", "layer_norm_epsilon", "mlp_type", "norm_type",
        "scale_attention_softmax_in_fp32",
        "scale_attn_weights",
    ];

    protected override IReadOnlyList<int?> Windows(ModelConfig config) =>
        LayerWindows.Same(config, config.Keys.OptionalCount("sliding_window", null));

    protected override NormBlueprint Norm(ModelConfig config, string path) =>
        base.Norm(config, path) with { SubtractsMean = true, Bias = $"{path}.bias" };

    protected override MlpBlueprint DescribeMlp(ModelConfig config, string path) => new(
        Group("up", "mlp.c_fc", config.HiddenSize, [Part(path, "mlp.c_fc", config.IntermediateSize, HasMlpBias(config))]),
        Group("down", "mlp.c_proj", config.IntermediateSize, [Part(path, "mlp.c_proj", config.HiddenSize, HasMlpBias(config))]),
        config.Activation,
        IsGated: false);

    protected override bool HasQkvBias(ModelConfig config) => HasMlpBias(config);

    protected override bool HasMlpBias(ModelConfig config) => config.Keys.Boolean("use_bias", true);
}
