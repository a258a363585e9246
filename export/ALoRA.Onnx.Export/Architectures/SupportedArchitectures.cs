namespace ALoRA.Onnx.Export.Architectures;

/// <summary>All architectures that can be exported. Adding one is adding its file and its line here.</summary>
internal static class SupportedArchitectures
{
    public static IReadOnlyList<DecoderArchitecture> All { get; } =
    [
        new GemmaArchitecture(),
        new Gemma2Architecture(),
        new Gemma3Architecture(),
        new GraniteArchitecture(),
        new LlamaArchitecture(),
        new MistralArchitecture(),
        new Olmo2Architecture(),
        new Phi3Architecture(),
        new Qwen2Architecture(),
        new Qwen3Architecture(),
        new SmolLM3Architecture(),
        new StableLmArchitecture(),
        new Starcoder2Architecture(),
    ];

    public static DecoderArchitecture? Find(string modelType) =>
        All.FirstOrDefault(architecture => architecture.ModelType == modelType);
}
