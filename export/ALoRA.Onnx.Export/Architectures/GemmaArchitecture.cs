using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Gemma 1: norms that scale by 1 + weight, embeddings scaled by the root of their size, GELU.</summary>
internal class GemmaArchitecture : DecoderArchitecture
{
    public override string ModelType => "gemma";

    public override ConfigDefaults Defaults { get; } = new()
    {
        Activation = "gelu_pytorch_tanh",
        MaxPositions = 8192,
        TieWordEmbeddings = true,
        KeyValueHeadCount = 16,
        HeadSize = 256,
    };

    public override IReadOnlyCollection<string> IgnoredKeys => ["hidden_activation"];

    public override DecoderBlueprint Describe(ModelConfig config) =>
        base.Describe(config) with { EmbeddingMultiplier = (float)Math.Sqrt(config.HiddenSize) };

    protected override NormBlueprint Norm(ModelConfig config, string path) => base.Norm(config, path) with { AddsOne = true };

    protected override bool HasQkvBias(ModelConfig config) => AttentionBias(config);
}
