using System.Globalization;
using System.Text.Json;
using ALoRA.Onnx.Cli.Terminals;

namespace ALoRA.Onnx.Cli.Benchmarking;

/// <summary>Prints measurements as a table or as JSON.</summary>
internal static class BenchmarkPrinter
{
    public static void PrintTable(Terminal terminal, AloraModel model, MachineDescription machine, IReadOnlyList<Measurement> measurements)
    {
        terminal.Output.WriteLine($"{model.Manifest.Name} ({model.Manifest.Architecture}, {model.Manifest.Precision.Name}, {model.ExecutionProvider}) on {machine}");
        ResultTable table = new("measurement", ">context", ">median", ">smallest", ">largest", "unit", ">ratio");
        foreach (Measurement measurement in measurements)
        {
            table.Add(
                measurement.Name,
                measurement.Context.ToString("N0", CultureInfo.InvariantCulture),
                Format(measurement.Median),
                Format(measurement.Smallest),
                Format(measurement.Largest),
                measurement.Unit,
                RatioOf(measurement, measurements) is { } ratio ? Format(ratio) : "");
        }

        table.Print(terminal);
        if (measurements.Any(measurement => measurement.Baseline is not null))
        {
            terminal.Output.WriteLine("Ratio: the plain LoRA's time ÷ the aLoRA's; all intrinsics at once ÷ one alone.");
        }
    }

    public static void PrintJson(Terminal terminal, AloraModel model, MachineDescription machine, IReadOnlyList<Measurement> measurements) => JsonResult.Write(terminal, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("model", model.Manifest.Name);
        writer.WriteString("precision", model.Manifest.Precision.Name);
        writer.WriteString("execution_provider", model.ExecutionProvider);
        writer.WriteStartObject("machine");
        writer.WriteString("processor", machine.Processor);
        writer.WriteNumber("cores", machine.Cores);
        writer.WriteString("os", machine.OperatingSystem);
        writer.WriteString("framework", machine.Framework);
        writer.WriteString("onnx_runtime", machine.OnnxRuntime);
        writer.WriteEndObject();
        writer.WriteStartArray("measurements");
        foreach (Measurement measurement in measurements)
        {
            Write(writer, measurement, RatioOf(measurement, measurements));
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    // How many times longer than its baseline: the plain LoRA than the aLoRA, the fan-out than one intrinsic alone.
    private static double? RatioOf(Measurement measurement, IReadOnlyList<Measurement> all) => measurement.Baseline is null
        ? null
        : measurement.Median / all.Single(other => other.Name == measurement.Baseline && other.Context == measurement.Context).Median;

    private static void Write(Utf8JsonWriter writer, Measurement measurement, double? ratio)
    {
        writer.WriteStartObject();
        writer.WriteString("name", measurement.Name);
        writer.WriteNumber("context", measurement.Context);
        writer.WriteString("unit", measurement.Unit);
        writer.WriteNumber("median", measurement.Median);
        if (ratio is double times)
        {
            writer.WriteString("baseline", measurement.Baseline);
            writer.WriteNumber("ratio", times);
        }

        writer.WriteStartArray("values");
        foreach (double value in measurement.Values)
        {
            writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static string Format(double value) => value.ToString(value < 99.95 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
