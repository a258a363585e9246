using System.Text.Json.Serialization;
using ALoRA.Onnx.Cli.Bench;
using ALoRA.Onnx.Cli.Chat;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Evaluate;
using ALoRA.Onnx.Cli.Inspect;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary>How everything that the tool prints as JSON is written. Generated, so that it works where the tool is trimmed.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(SnakeCaseEnum<FinishReason>), typeof(SnakeCaseEnum<VerificationOutcome>)])]
[JsonSerializable(typeof(AdapterInspection))]
[JsonSerializable(typeof(IReadOnlyList<AdapterInspection>))]
[JsonSerializable(typeof(BatchJson))]
[JsonSerializable(typeof(BenchmarkJson))]
[JsonSerializable(typeof(ComparisonJson))]
[JsonSerializable(typeof(ContainerJson))]
[JsonSerializable(typeof(EvaluationJson))]
[JsonSerializable(typeof(InspectionJson))]
[JsonSerializable(typeof(IReadOnlyList<IntrinsicListing>))]
[JsonSerializable(typeof(LineAnswer))]
[JsonSerializable(typeof(QualityJson))]
[JsonSerializable(typeof(RunJson))]
[JsonSerializable(typeof(SchemaLineAnswer))]
[JsonSerializable(typeof(SchemaVerdict))]
[JsonSerializable(typeof(TrainingVerificationReport))]
[JsonSerializable(typeof(VerificationReport))]
internal sealed partial class ToolJson : JsonSerializerContext;
