using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Qwen 3: norms on the heads of query and key instead of Qwen 2's biases.</summary>
internal sealed class Qwen3Architecture : DecoderArchitecture
{
    public override string ModelType => "qwen3";

    public override ConfigDefaults Defaults { get; } = new() { MaxPositions = 32768, KeyValueHeadCount = 32, HeadSize = 128 };

    protected override IReadOnlyList<int?> Windows(ModelConfig config) => QwenWindows.Read(config);

    protected override AttentionBlueprint DescribeAttention(ModelConfig config, LayerPlace layer) =>
        WithHeadNorms(base.DescribeAttention(config, layer), config, layer.Path);

    protected override bool HasQkvBias(ModelConfig config) => AttentionBias(config);
}
