using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Training.Checkpoints;

/// <summary>Reads and writes <c>state.json</c>.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NewLine = "\n",
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(TrainingState))]
internal sealed partial class StateJson : JsonSerializerContext;
