using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Phi 3, 3.5 and 4: one tensor for query, key and value, and one for gate and up, which adapters target as they are.</summary>
internal sealed class Phi3Architecture : DecoderArchitecture
{
    public override string ModelType => "phi3";

    // Before Transformers knew longrope, these checkpoints called it by other names.
    public override ConfigDefaults Defaults { get; } = new()
    {
        MaxPositions = 4096,
        NormEpsilon = 1e-5f,
        PartialRotary = 1,
        LongRopeNames = ["longrope", "su", "yarn"],
    };

    protected override IReadOnlyList<int?> Windows(ModelConfig config) =>
        LayerWindows.Same(config, config.Keys.OptionalCount("sliding_window", null));

    protected override ProjectionBlueprint DescribeQkv(ModelConfig config, string path) => Group(
        "qkv", "self_attn.qkv_proj", config.HiddenSize,
        [Part(path, "self_attn.qkv_proj", config.QuerySize + (2 * config.KeyValueSize), bias: false)]);

    protected override MlpBlueprint DescribeMlp(ModelConfig config, string path) => base.DescribeMlp(config, path) with
    {
        Up = Group(
            "gate_up", "mlp.gate_up_proj", config.HiddenSize, [Part(path, "mlp.gate_up_proj", 2 * config.IntermediateSize, bias: false)]),
    };
}
