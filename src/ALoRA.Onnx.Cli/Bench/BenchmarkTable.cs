using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>Prints a benchmark as a table: one model with the spread of its figures, or two models side by side.</summary>
internal static class BenchmarkTable
{
    public static void Print(Terminal terminal, BenchmarkReport report)
    {
        if (report.Models is [BenchmarkedModel model])
        {
            PrintOne(terminal, report.Machine, model);
        }
        else
        {
            PrintTwo(terminal, report.Machine, new BenchmarkComparison(report.Models[0], report.Models[1]));
        }

        terminal.WriteText($"Memory of the process at the end: {ByteSize.Format(report.ResidentBytes)} resident.");
        foreach (string note in BenchmarkNotes.Of(report))
        {
            terminal.WriteText(note);
        }
    }

    private static void PrintOne(Terminal terminal, MachineDescription machine, BenchmarkedModel model)
    {
        terminal.WriteText($"{model} on {machine}");
        ResultTable table = new("measurement", ">tokens", ">median", ">smallest", ">largest", "unit", ">ratio");
        foreach (Measurement measurement in model.Measurements)
        {
            table.Add(
                measurement.Name,
                Tokens(measurement),
                Format(measurement.Median),
                Format(measurement.Smallest),
                Format(measurement.Largest),
                measurement.Unit,
                measurement.BaselineWithin(model.Measurements) is null ? "" : Ratio(measurement.RatioWithin(model.Measurements)));
        }

        table.Print(terminal);
        if (model.Measurements.Any(measurement => measurement.Baseline is not null))
        {
            terminal.WriteText(
                "Ratio: the LoRA's time, and that of first tokens at once, ÷ the aLoRA's; all intrinsics at once ÷ one alone; "
                + "tokens/s under the adapter ÷ those of the base.");
        }
    }

    private static void PrintTwo(Terminal terminal, MachineDescription machine, BenchmarkComparison comparison)
    {
        terminal.WriteText($"A: {comparison.A}, {comparison.A.Folder}");
        terminal.WriteText($"B: {comparison.B}, {comparison.B.Folder}");
        terminal.WriteText($"in turns on {machine}");
        ResultTable table = new("measurement", ">tokens", ">A", ">A from – to", ">B", ">B from – to", "unit", ">B ÷ A");
        foreach (ComparedMeasurement pair in comparison.Pairs)
        {
            table.Add(
                pair.Any.Name,
                Tokens(pair.Any),
                Median(pair.A),
                Spread(pair.A),
                Median(pair.B),
                Spread(pair.B),
                pair.Any.Unit,
                pair.IsOfBoth ? Ratio(pair.Ratio) : "");
        }

        table.Print(terminal);
        terminal.WriteText("B ÷ A: of medians. B is the faster where tokens/s are above 1 and ms below.");
    }

    private static string Tokens(Measurement measurement) =>
        measurement.Context == 0 ? "" : measurement.Context.ToString("N0", CultureInfo.InvariantCulture);

    private static string Median(Measurement? measurement) => measurement is null ? "" : Format(measurement.Median);

    private static string Spread(Measurement? measurement) =>
        measurement?.Median is null || measurement.Values.Count == 1
            ? ""
            : $"{Format(measurement.Smallest)} – {Format(measurement.Largest)}";

    private static string Format(double? value) =>
        value?.ToString(value < 99.95 ? "0.0" : "N0", CultureInfo.InvariantCulture) ?? MeasuredNumber.NotMeasured;

    private static string Ratio(double? value) =>
        value?.ToString(value < 9.995 ? "0.00" : "0.0", CultureInfo.InvariantCulture) ?? MeasuredNumber.NotMeasured;
}
