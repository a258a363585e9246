using System.Globalization;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Export;
using ALoRA.Onnx.Training;

namespace ALoRA.Onnx.Cli.Train;

/// <summary>Prints what a training did or would do.</summary>
internal static class TrainPrinter
{
    /// <summary>A report, and the adapter's measures beside the base's.</summary>
    public static void Print(Terminal terminal, TrainingReport report)
    {
        string stopped = report.StoppedEarly ? ", stopped early" : "";
        terminal.WriteText(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Folder}: {AdapterKindNames.Of(report.Kind)} '{report.Name}' for {report.BaseName} ({report.BasePrecision}), "
            + $"{report.Parameters:N0} parameters"));
        terminal.WriteText(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Rows:N0} rows, {report.Steps:N0} steps{stopped}, best after {report.BestStep:N0}, {report.Seconds:0} s, peak memory "
            + $"{ByteSize.Format(report.PeakMemoryBytes)}"));
        if (report.DeviceMemoryBytes is { } device)
        {
            terminal.Output.WriteLine($"Memory of the device: {ByteSize.Format(device)} less is free than before");
        }

        if (report.Problem is { } problem)
        {
            terminal.Error.WriteLine($"warning: {problem}");
        }

        if (report.LeftOutRows + report.CutRows + report.SharedRows > 0)
        {
            terminal.WriteText(string.Create(
                CultureInfo.InvariantCulture,
                $"{report.LeftOutRows:N0} rows were too long and left out, {report.CutRows:N0} were cut, "
                + $"{report.SharedRows:N0} are among those held out and were not trained on"));
        }

        if (report is not { Adapter: { } adapter, Base: { } onBase })
        {
            return;
        }

        terminal.WriteText(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.HeldOutRows:N0} rows held out: loss {report.HeldOutLoss:0.0000}, "
            + $"{report.HeldOutAccuracy:0.000} exact with given words"));
        bool hasDigits = adapter.MeanAbsoluteError is not null || adapter.Brier is not null;
        ResultTable table = hasDigits
            ? new("adapter", ">accuracy", ">MAE", ">ECE", ">AUROC", ">Brier", ">ms to first token")
            : new("adapter", ">accuracy", ">ms to first token");
        Add(report.Name, adapter);
        Add("base", onBase);
        table.Print(terminal);

        void Add(string name, TrainingMeasures measures)
        {
            string[] digits =
            [
                Format(measures.MeanAbsoluteError), Format(measures.CalibrationError), Format(measures.AreaUnderCurve),
                Format(measures.Brier),
            ];
            table.Add(
                [
                    name, Format(measures.Accuracy), .. hasDigits ? digits : [],
                    measures.FirstTokenMilliseconds.ToString("0.0", CultureInfo.InvariantCulture),
                ]);
        }
    }

    /// <summary>An aLoRA and a plain LoRA side by side.</summary>
    public static void PrintComparison(Terminal terminal, TrainingReport alora, TrainingReport lora)
    {
        if (alora.Adapter is { FirstTokenMilliseconds: > 0 } fast && lora.Adapter is { } slow)
        {
            terminal.WriteText(string.Create(
                CultureInfo.InvariantCulture,
                $"Accuracy {fast.Accuracy:0.000} as aLoRA and {slow.Accuracy:0.000} as LoRA; time to first token "
                + $"{fast.FirstTokenMilliseconds:0.0} and {slow.FirstTokenMilliseconds:0.0} ms: the aLoRA is "
                + $"{slow.FirstTokenMilliseconds / fast.FirstTokenMilliseconds:0.0} times as fast."));
        }
    }

    /// <summary>A plan.</summary>
    public static void Print(Terminal terminal, TrainingPlan plan)
    {
        TextWriter output = terminal.Output;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{plan.Data.Rows.Count:N0} rows to train on, {plan.Data.HeldOut.Count:N0} held out, "
            + $"{plan.Data.LeftOut + plan.Data.Shared:N0} left out, "
            + $"{plan.Data.Cut:N0} cut; {plan.Parameters:N0} parameters"));
        ResultTable table = new("tokens", ">shortest", ">median", ">longest", ">all");
        foreach ((string name, int[] lengths) in Lengths(plan.Data))
        {
            table.Add(
                name, Number(lengths[0]), Number(lengths[lengths.Length / 2]), Number(lengths[^1]),
                Number(lengths.Sum(length => (long)length)));
        }

        table.Print(terminal);
        output.WriteLine("Examples; what stands between ⟦ and ⟧ is trained:");
        foreach (string example in plan.Examples)
        {
            output.WriteLine($"  {example}");
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{plan.Steps:N0} steps, {plan.StepsOfEpoch:N0} an epoch; the first took {plan.SecondsOfStep:0.00} s: about "
            + $"{TimeSpan.FromSeconds(Math.Round(plan.SecondsOfStep * plan.Steps)):c} without evaluations"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Learning rate: {plan.LearningRate:0.0E+0} at its highest"));
        output.WriteLine(Memory(plan));
        if (plan.DeviceMemory is { } parts)
        {
            string taken = plan.DeviceMemoryBytes is { } bytes ? $"; taken by the steps measured: {ByteSize.Format(bytes)}" : "";
            output.WriteLine($"Memory of the device: {parts}{taken}");
        }
    }

    /// <summary>A plan as JSON.</summary>
    public static JsonObject Json(TrainingPlan plan)
    {
        JsonObject lengths = [];
        foreach ((string name, int[] tokens) in Lengths(plan.Data))
        {
            lengths[name] = new JsonObject
            {
                ["shortest"] = tokens[0],
                ["median"] = tokens[tokens.Length / 2],
                ["longest"] = tokens[^1],
                ["all"] = tokens.Sum(length => (long)length),
            };
        }

        return new JsonObject
        {
            ["rows"] = plan.Data.Rows.Count,
            ["held_out_rows"] = plan.Data.HeldOut.Count,
            ["left_out_rows"] = plan.Data.LeftOut,
            ["shared_rows"] = plan.Data.Shared,
            ["cut_rows"] = plan.Data.Cut,
            ["parameters"] = plan.Parameters,
            ["tokens"] = lengths,
            ["examples"] = new JsonArray([.. plan.Examples.Select(example => (JsonNode)example)]),
            ["steps"] = plan.Steps,
            ["steps_of_epoch"] = plan.StepsOfEpoch,
            ["seconds_of_step"] = plan.SecondsOfStep,
            ["learning_rate"] = plan.LearningRate,
            ["device_memory"] = plan.DeviceMemory,
            ["device_memory_bytes"] = plan.DeviceMemoryBytes,
            ["peak_memory_bytes"] = plan.PeakMemoryBytes,
            ["prefix_bytes"] = plan.PrefixBytes,
            ["prefix_memory_bytes"] = plan.PrefixMemoryBytes,
            ["prefix_file_bytes"] = plan.PrefixFileBytes,
        };
    }

    private static string Memory(TrainingPlan plan)
    {
        long anew = plan.PrefixBytes - plan.PrefixMemoryBytes - plan.PrefixFileBytes;
        return $"Memory: about {ByteSize.Format(plan.PeakMemoryBytes)}, of which "
            + $"{ByteSize.Format(plan.PrefixMemoryBytes)} for prefixes"
            + (plan.PrefixFileBytes > 0 ? $"; {ByteSize.Format(plan.PrefixFileBytes)} of them in a file beside the output" : "")
            + (anew > 0 ? $"; {ByteSize.Format(anew)} computed anew each epoch (--prefix-cache, --prefix-file)" : "");
    }

    private static IEnumerable<(string Name, int[] Lengths)> Lengths(TrainingData data)
    {
        yield return ("row", [.. data.Rows.Select(row => row.Ids.Length).Order()]);
        yield return ("before_activation", [.. data.Rows.Select(row => row.ActivationStart).Order()]);
        yield return ("completion", [.. data.Rows.Select(row => row.Ids.Length - row.CompletionStart).Order()]);
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Format(double? value) => value?.ToString("0.000", CultureInfo.InvariantCulture) ?? "";
}
