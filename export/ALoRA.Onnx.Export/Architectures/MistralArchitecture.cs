using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Mistral 7B, Nemo and Small: Llama with a window in all layers or in none.</summary>
internal sealed class MistralArchitecture : DecoderArchitecture
{
    private const int DefaultWindow = 4096;

    public override string ModelType => "mistral";

    public override ConfigDefaults Defaults { get; } = new() { MaxPositions = 131072, KeyValueHeadCount = 8 };

    protected override IReadOnlyList<int?> Windows(ModelConfig config) =>
        LayerWindows.Same(config, config.Keys.OptionalCount("sliding_window", DefaultWindow));
}
