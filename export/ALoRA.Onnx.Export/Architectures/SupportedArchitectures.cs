namespace ALoRA.Onnx.Export.Architectures;

/// <summary>All architectures that can be exported. Adding one is adding its file and its line here.</summary>
internal static class SupportedArchitectures
{
    public static IReadOnlyList<DecoderArchitecture> All { get; } =
    [
        new GraniteArchitecture(),
        new LlamaArchitecture(),
    ];

    public static DecoderArchitecture? Find(string modelType) =>
        All.FirstOrDefault(architecture => architecture.ModelType == modelType);
}
