using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Export;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Prints an evaluation as a table.</summary>
internal static class EvaluationPrinter
{
    public static void PrintTable(Terminal terminal, ModelManifest model, IReadOnlyList<AdapterEvaluation> adapters)
    {
        string accuracy = Format(CalibrationMetrics.Of(adapters[0].Samples).Accuracy);
        terminal.WriteText(
            $"{model.Name} ({model.Architecture}, {model.Precision.Name}), {adapters[0].Rows} answers, {accuracy} of them right");
        ResultTable table = new("adapter", "kind", ">ECE", ">AUROC", ">Brier", ">ms a row", ">tokens computed", ">tokens reused");
        foreach (AdapterEvaluation adapter in adapters)
        {
            CalibrationMetrics metrics = CalibrationMetrics.Of(adapter.Samples);
            BootstrapIntervals intervals = BootstrapIntervals.Of(adapter.Samples);
            table.Add(
                adapter.Adapter,
                AdapterKindNames.Of(adapter.Kind),
                Format(metrics.CalibrationError) + Format(intervals.CalibrationError),
                metrics.AreaUnderCurve is { } area ? Format(area) + Format(intervals.AreaUnderCurve) : "",
                Format(metrics.Brier),
                adapter.MillisecondsPerRow.ToString("0.0", CultureInfo.InvariantCulture),
                adapter.ComputedTokens.ToString("N0", CultureInfo.InvariantCulture),
                adapter.ReusedTokens.ToString("N0", CultureInfo.InvariantCulture));
        }

        table.Print(terminal);
        terminal.WriteText("In parentheses: 95 % intervals, by drawing as many rows anew 1,000 times.");
        if (adapters[0].Rows < BootstrapIntervals.FewRows)
        {
            terminal.WriteNote(
                $"warning: {adapters[0].Rows} rows say little: the intervals show how little. Evaluate at least "
                + $"{BootstrapIntervals.FewRows}.");
        }

        if (AdapterEvaluation.SpeedUp(adapters) is { } speedUp)
        {
            terminal.WriteText(
                string.Create(CultureInfo.InvariantCulture, $"The aLoRA is {speedUp:0.0} times as fast as the LoRA."));
        }
    }

    private static string Format((double Low, double High)? interval) =>
        interval is { } found ? $" ({Format(found.Low)}–{Format(found.High)})" : "";

    private static string Format(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
