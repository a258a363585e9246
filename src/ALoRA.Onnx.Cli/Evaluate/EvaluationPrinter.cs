using System.Globalization;
using System.Text.Json;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Export;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Prints an evaluation as a table or as JSON.</summary>
internal static class EvaluationPrinter
{
    public static void PrintTable(Terminal terminal, ModelManifest model, IReadOnlyList<AdapterEvaluation> adapters)
    {
        string accuracy = Format(CalibrationMetrics.Of(adapters[0].Samples).Accuracy);
        terminal.Output.WriteLine(
            $"{model.Name} ({model.Architecture}, {model.Precision.Name}), {adapters[0].Rows} answers, {accuracy} of them right");
        ResultTable table = new("adapter", "kind", ">ECE", ">AUROC", ">Brier", ">ms a row", ">tokens computed", ">tokens reused");
        foreach (AdapterEvaluation adapter in adapters)
        {
            CalibrationMetrics metrics = CalibrationMetrics.Of(adapter.Samples);
            table.Add(
                adapter.Adapter,
                AdapterKindNames.Of(adapter.Kind),
                Format(metrics.CalibrationError),
                metrics.AreaUnderCurve is { } area ? Format(area) : "",
                Format(metrics.Brier),
                Milliseconds(adapter).ToString("0.0", CultureInfo.InvariantCulture),
                adapter.ComputedTokens.ToString("N0", CultureInfo.InvariantCulture),
                adapter.ReusedTokens.ToString("N0", CultureInfo.InvariantCulture));
        }

        table.Print(terminal);
        if (SpeedUp(adapters) is { } speedUp)
        {
            terminal.Output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"The aLoRA is {speedUp:0.0} times as fast as the LoRA."));
        }
    }

    public static void PrintJson(Terminal terminal, IReadOnlyList<AdapterEvaluation> adapters) => JsonResult.Write(terminal, writer =>
    {
        writer.WriteStartObject();
        foreach (AdapterEvaluation adapter in adapters)
        {
            writer.WriteStartObject(adapter.Kind == AdapterKind.Alora ? "alora" : "lora");
            Write(writer, adapter, CalibrationMetrics.Of(adapter.Samples));
            writer.WriteEndObject();
        }

        if (SpeedUp(adapters) is { } speedUp)
        {
            writer.WriteNumber("speed_up", speedUp);
        }

        writer.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter writer, AdapterEvaluation adapter, CalibrationMetrics metrics)
    {
        writer.WriteString("adapter", adapter.Adapter);
        writer.WriteNumber("ece", metrics.CalibrationError);
        if (metrics.AreaUnderCurve is { } area)
        {
            writer.WriteNumber("auroc", area);
        }
        else
        {
            writer.WriteNull("auroc");
        }

        writer.WriteNumber("brier", metrics.Brier);
        writer.WriteNumber("base_accuracy", metrics.Accuracy);
        writer.WriteNumber("rows", metrics.Rows);
        writer.WriteNumber("milliseconds_per_row", Milliseconds(adapter));
        writer.WriteNumber("computed_tokens", adapter.ComputedTokens);
        writer.WriteNumber("reused_tokens", adapter.ReusedTokens);
        writer.WriteStartArray("bins");
        foreach (CalibrationBin bin in metrics.Diagram)
        {
            writer.WriteStartObject();
            writer.WriteNumber("rows", bin.Count);
            writer.WriteNumber("certainty", bin.Certainty);
            writer.WriteNumber("accuracy", bin.Accuracy);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static double Milliseconds(AdapterEvaluation adapter) => adapter.Time.TotalMilliseconds / adapter.Rows;

    private static double? SpeedUp(IReadOnlyList<AdapterEvaluation> adapters) =>
        adapters.FirstOrDefault(adapter => adapter.Kind == AdapterKind.Alora) is { } alora
        && adapters.FirstOrDefault(adapter => adapter.Kind == AdapterKind.Lora) is { } lora
        ? lora.Time / alora.Time
        : null;

    private static string Format(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
