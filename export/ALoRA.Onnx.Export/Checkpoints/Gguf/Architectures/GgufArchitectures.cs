namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>The architectures whose GGUF files can be read as checkpoints.</summary>
internal static class GgufArchitectures
{
    private const string ArchitectureKey = "general.architecture";

    private static readonly GgufArchitecture[] All =
    [
        new LlamaGguf(), new GraniteGguf(), new Qwen2Gguf(), new Qwen3Gguf(), new Phi3Gguf(),
        new GemmaGguf(), new Gemma2Gguf(), new Gemma3Gguf(), new Olmo2Gguf(), new SmolLM3Gguf(),
    ];

    /// <summary>The architecture that a file names.</summary>
    /// <exception cref="CheckpointFormatException">It names none, or one that is not supported.</exception>
    public static GgufArchitecture Find(GgufMetadata metadata)
    {
        string name = metadata.Text(ArchitectureKey) ?? throw metadata.Missing(ArchitectureKey);
        string supported = string.Join(", ", All.Select(architecture => architecture.Name));
        return Array.Find(All, architecture => architecture.Name == name) ?? throw metadata.Error(
            $"'{ArchitectureKey}' is '{name}', which is not supported; expected one of {supported}",
            "Export another model, or the Hugging Face checkpoint that this file was made from");
    }
}
