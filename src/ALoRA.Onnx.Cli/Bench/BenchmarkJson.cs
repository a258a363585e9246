using System.Text.Json;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>
/// Prints a benchmark as JSON: one model's figures at the top level, or those of two under <c>a</c>
/// and <c>b</c> with <c>ratios</c> of B ÷ A. What was not measured is null.
/// </summary>
internal static class BenchmarkJson
{
    public static void Print(Terminal terminal, BenchmarkReport report) => JsonResult.Write(terminal, writer =>
    {
        writer.WriteStartObject();
        if (report.Models is [BenchmarkedModel model])
        {
            WriteModel(writer, model);
        }
        else
        {
            WriteComparison(writer, new BenchmarkComparison(report.Models[0], report.Models[1]));
        }

        WriteMachine(writer, report.Machine);
        writer.WriteNumber("resident_bytes", report.ResidentBytes);
        writer.WriteStartArray("left_out");
        foreach (LeftOutLength left in report.LeftOut)
        {
            writer.WriteStartObject();
            writer.WriteString("option", left.Option);
            writer.WriteNumber("tokens", left.Tokens);
            writer.WriteBoolean("fits", left.Fits);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static void WriteComparison(Utf8JsonWriter writer, BenchmarkComparison comparison)
    {
        foreach ((string name, BenchmarkedModel model) in new[] { ("a", comparison.A), ("b", comparison.B) })
        {
            writer.WriteStartObject(name);
            WriteModel(writer, model);
            writer.WriteEndObject();
        }

        writer.WriteStartArray("ratios");
        foreach (ComparedMeasurement pair in comparison.Pairs)
        {
            if (pair.IsOfBoth)
            {
                writer.WriteStartObject();
                writer.WriteString("name", pair.Any.Name);
                writer.WriteNumber("context", pair.Any.Context);
                writer.WriteString("unit", pair.Any.Unit);
                WriteNumber(writer, "ratio", pair.Ratio);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
    }

    private static void WriteModel(Utf8JsonWriter writer, BenchmarkedModel model)
    {
        writer.WriteString("model", model.Manifest.Name);
        writer.WriteString("folder", model.Folder);
        writer.WriteString("precision", model.Manifest.Precision.Name);
        writer.WriteString("execution_provider", model.ExecutionProvider);
        writer.WriteNumber("threads", model.Threads);
        writer.WriteNumber("weights_bytes", model.Manifest.WeightsBytes);
        writer.WriteNumber("weights_bytes_per_token", model.WeightsBytesPerToken);
        writer.WriteStartArray("measurements");
        foreach (Measurement measurement in model.Measurements)
        {
            WriteMeasurement(writer, measurement, model.Measurements);
        }

        writer.WriteEndArray();
    }

    private static void WriteMachine(Utf8JsonWriter writer, MachineDescription machine)
    {
        writer.WriteStartObject("machine");
        writer.WriteString("processor", machine.Processor);
        writer.WriteNumber("cores", machine.Cores);
        writer.WriteString("os", machine.OperatingSystem);
        writer.WriteString("framework", machine.Framework);
        writer.WriteString("onnx_runtime", machine.OnnxRuntime);
        writer.WriteEndObject();
    }

    private static void WriteMeasurement(Utf8JsonWriter writer, Measurement measurement, IReadOnlyList<Measurement> all)
    {
        writer.WriteStartObject();
        writer.WriteString("name", measurement.Name);
        writer.WriteNumber("context", measurement.Context);
        writer.WriteString("unit", measurement.Unit);
        WriteNumber(writer, "median", measurement.Median);
        if (measurement.BaselineWithin(all) is not null)
        {
            writer.WriteString("baseline", measurement.Baseline);
            WriteNumber(writer, "ratio", measurement.RatioWithin(all));
        }

        writer.WriteStartArray("values");
        foreach (double value in measurement.Values)
        {
            WriteNumberValue(writer, MeasuredNumber.OrNull(value));
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter writer, string name, double? value)
    {
        writer.WritePropertyName(name);
        WriteNumberValue(writer, value);
    }

    private static void WriteNumberValue(Utf8JsonWriter writer, double? value)
    {
        if (value is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
