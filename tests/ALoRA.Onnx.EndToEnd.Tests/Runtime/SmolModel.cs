using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>
/// SmolLM2-135M-Instruct from its GGUF file with all its adapters, exported once for each precision; tests skip where the file is missing.
/// </summary>
internal static class SmolModel
{
    private static readonly TemporaryFolder Temporary = new();
    private static readonly Lazy<Task<AloraModel>> Float32 = new(() => OpenAsync(ExportPrecision.Float32));
    private static readonly Lazy<Task<AloraModel>> Gguf = new(() => OpenAsync(ExportPrecision.Gguf));

    /// <summary>Folder of the checkpoint, its evaluation and its licence.</summary>
    public static string Source => GoldenData.Path("models", "smollm2-135m-instruct");

    /// <summary>All weights dequantized to float32.</summary>
    public static Task<AloraModel> OpenFloat32Async() => Float32.Value;

    /// <summary>The file's own Q4_1 and Q8_0 blocks.</summary>
    public static Task<AloraModel> OpenGgufAsync() => Gguf.Value;

    /// <summary>Closes the models and deletes the exports; called once, at the end of the run.</summary>
    public static async Task CleanUpAsync()
    {
        foreach (Lazy<Task<AloraModel>> model in new[] { Float32, Gguf })
        {
            if (model is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            {
                (await model.Value).Dispose();
            }
        }

        Temporary.Dispose();
    }

    private static async Task<AloraModel> OpenAsync(ExportPrecision precision)
    {
        ExportOptions options = new()
        {
            Precision = precision,

            // Tests compare with what PEFT gives, and rows computed one by one with those computed together.
            AccuracyLevel = 0,
            Adapters = [.. Directory.EnumerateDirectories(Path.Combine(Source, "adapters")).Select(folder => new ExportAdapter(folder))],
        };
        await Exporter.ExportAsync(Source, Temporary[precision.ToString()], options);
        return await AloraModel.OpenAsync(Temporary[precision.ToString()]);
    }
}
