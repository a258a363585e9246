using System.Text.Json;
using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Training;

/// <summary>Writes <c>report.json</c>.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NewLine = "\n",
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(KindName)])]
[JsonSerializable(typeof(TrainingReport))]
internal sealed partial class ReportJson : JsonSerializerContext;

/// <summary>Writes a kind as <c>alora</c> or <c>lora</c>.</summary>
internal sealed class KindName() : JsonStringEnumConverter<AdapterKind>(JsonNamingPolicy.SnakeCaseLower);
