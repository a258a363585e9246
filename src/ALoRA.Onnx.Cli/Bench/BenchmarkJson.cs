using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>The figures of a model as JSON, and what goes with them where it is the only one. What was not measured is null.</summary>
internal sealed record BenchmarkJson
{
    public required string Model { get; init; }

    public required string Folder { get; init; }

    public required string Precision { get; init; }

    public required string ExecutionProvider { get; init; }

    public required int Threads { get; init; }

    public required long WeightsBytes { get; init; }

    public required long WeightsBytesPerToken { get; init; }

    public required IEnumerable<MeasurementJson> Measurements { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MachineDescription? Machine { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ResidentBytes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<LeftOutLength>? LeftOut { get; init; }

    /// <summary>A report about one model.</summary>
    public static BenchmarkJson Of(BenchmarkReport report) => Of(report.Models.Single()) with
    {
        Machine = report.Machine,
        ResidentBytes = report.ResidentBytes,
        LeftOut = report.LeftOut,
    };

    /// <summary>One of several models.</summary>
    public static BenchmarkJson Of(BenchmarkedModel model) => new()
    {
        Model = model.Manifest.Name,
        Folder = model.Folder,
        Precision = model.Manifest.Precision.Name,
        ExecutionProvider = model.ExecutionProvider,
        Threads = model.Threads,
        WeightsBytes = model.Manifest.WeightsBytes,
        WeightsBytesPerToken = model.WeightsBytesPerToken,
        Measurements = model.Measurements.Select(measurement => MeasurementJson.Of(measurement, model.Measurements)),
    };
}
