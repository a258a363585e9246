using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>A Hugging Face configuration in the making, with the metadata it is made from.</summary>
internal sealed class GgufConfig(
    GgufMetadata metadata, string prefix, IReadOnlyDictionary<string, CheckpointTensor> tensors, JsonObject json)
{
    public GgufMetadata Metadata => metadata;

    /// <summary>The configuration.</summary>
    public JsonObject Json => json;

    public required int LayerCount { get; init; }

    public required int HeadCount { get; init; }

    public required int HeadSize { get; init; }

    public required int HiddenSize { get; init; }

    /// <summary>The model's own key, as <c>llama.context_length</c> for <c>context_length</c>.</summary>
    public string Key(string key) => $"{prefix}.{key}";

    public int? Count(string key) => metadata.Count(Key(key));

    public double? Number(string key) => metadata.Number(Key(key));

    public int RequiredCount(string key) => metadata.RequiredCount(Key(key));

    /// <summary>Whether any layer has the tensor, named without <c>blk.N.</c>.</summary>
    public bool AnyLayerHas(string tensor) => Enumerable.Range(0, LayerCount).Any(layer => tensors.ContainsKey($"blk.{layer}.{tensor}"));
}
