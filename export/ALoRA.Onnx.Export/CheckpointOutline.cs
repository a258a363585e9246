using System.Text.Json;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export;

/// <summary>What a checkpoint of some configuration has to hold, known before there is one. Thread-safe.</summary>
public static class CheckpointOutline
{
    /// <summary>The tensors that a configuration asks for, each once, in the order of the layers.</summary>
    /// <param name="configPath">A <c>config.json</c> of a supported architecture.</param>
    /// <exception cref="CheckpointFormatException">
    /// The file is no JSON object, or its architecture or a value in it is not supported.
    /// </exception>
    /// <exception cref="IOException">The file is missing or unreadable.</exception>
    public static IReadOnlyList<TensorOutline> Read(string configPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(configPath);
        using JsonDocument document = Parse(configPath);
        try
        {
            return Read(configPath, document.RootElement);
        }
        catch (InvalidOperationException exception)
        {
            // What JsonElement throws for texts and names that are no valid UTF-8 or UTF-16.
            throw new CheckpointFormatException($"{configPath}: expected JSON in valid UTF-8. {exception.Message}", exception);
        }
    }

    private static List<TensorOutline> Read(string configPath, JsonElement config)
    {
        ConfigReader keys = new(config);
        string modelType = keys.Text("model_type", "");
        DecoderArchitecture architecture = SupportedArchitectures.Find(modelType) ?? throw new CheckpointFormatException(
            $"{configPath}: 'model_type': expected one of "
            + $"{string.Join(", ", SupportedArchitectures.All.Select(a => a.ModelType))}, got '{modelType}'.");
        DecoderBlueprint blueprint = architecture.Describe(ModelConfig.Read(keys, architecture.Defaults));
        return keys.Problems.Count == 0
            ? [.. RequiredTensors.Of(blueprint).Select(tensor => new TensorOutline(tensor.Name, tensor.Shape))]
            : throw new CheckpointFormatException($"{configPath}: {string.Join("; ", keys.Problems.Distinct())}");
    }

    private static JsonDocument Parse(string configPath)
    {
        try
        {
            JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(configPath));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document
                : throw new CheckpointFormatException($"{configPath}: expected a JSON object, got {document.RootElement.ValueKind}.");
        }
        catch (JsonException exception)
        {
            throw new CheckpointFormatException($"{configPath}: expected JSON. {exception.Message}", exception);
        }
    }
}
