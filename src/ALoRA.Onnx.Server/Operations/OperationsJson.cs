using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Server.Operations;

/// <summary>Bodies of the endpoints for operators.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StatusBody))]
[JsonSerializable(typeof(VersionBody))]
[JsonSerializable(typeof(LoadAdapterBody))]
[JsonSerializable(typeof(UnloadAdapterBody))]
internal sealed partial class OperationsJson : JsonSerializerContext;

/// <summary>What <c>/health</c>, <c>/ready</c> and a replacement of the model answer.</summary>
internal sealed record StatusBody(string Status, string? Model = null, string? Reason = null);

/// <summary>What <c>/version</c> answers.</summary>
internal sealed record VersionBody(string Version);

/// <summary>What <c>/v1/load_lora_adapter</c> takes.</summary>
internal sealed record LoadAdapterBody(string? LoraName, string? LoraPath);

/// <summary>What <c>/v1/unload_lora_adapter</c> takes.</summary>
internal sealed record UnloadAdapterBody(string? LoraName);
