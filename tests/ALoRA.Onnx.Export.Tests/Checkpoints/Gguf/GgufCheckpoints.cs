using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Checkpoints.Gguf;
using ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;

/// <summary>Golden checkpoints as GGUF files.</summary>
internal static class GgufCheckpoints
{
    public static GgufArchitecture Architecture(string name) =>
        GgufArchitectures.Find(new GgufMetadata("", new Dictionary<string, object> { ["general.architecture"] = name }));

    /// <summary>Converts a checkpoint; <paramref name="name"/> is llama.cpp's name of its architecture.</summary>
    public static GgufBuilder Convert(Checkpoint checkpoint, string name)
    {
        GgufArchitecture architecture = Architecture(name);
        GgufBuilder builder = new GgufConverter(checkpoint, name)
            .Convert(architecture.LayerTensors, architecture.InterleavesRotaryPairs, architecture.AddsOneToNorms);
        return name == "gemma3" ? builder.With("gemma3.attention.sliding_window_pattern", 3u) : builder;
    }
}
