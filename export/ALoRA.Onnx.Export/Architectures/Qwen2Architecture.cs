using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>
/// Qwen 1.5, 2 and 2.5: biases on query, key and value; windows in the upper layers if the configuration switches them on.
/// </summary>
internal sealed class Qwen2Architecture : DecoderArchitecture
{
    public override string ModelType => "qwen2";

    public override ConfigDefaults Defaults { get; } = new() { MaxPositions = 32768, KeyValueHeadCount = 32 };

    protected override IReadOnlyList<int?> Windows(ModelConfig config) => QwenWindows.Read(config);

    protected override bool HasQkvBias(ModelConfig config) => true;

    protected override bool HasOutputBias(ModelConfig config) => false;
}
