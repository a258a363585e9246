using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ALoRA.Onnx.Training;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>Time and memory of a step of training, and beside it what a peer's script says of its own.</summary>
internal static class TrainStep
{
    private const int Failed = 1;

    /// <summary>Measures and prints.</summary>
    /// <param name="arguments">The model folder, then options with their values.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        Dictionary<string, string> options = new(StringComparer.Ordinal);
        for (int i = 1; i + 1 < arguments.Length; i += 2)
        {
            options[arguments[i]] = arguments[i + 1];
        }

        if (arguments.Length == 0 || arguments.Length % 2 == 0)
        {
            Console.Error.WriteLine("error: expected a model folder and options with a value each, as the help lists them.");
            return Failed;
        }

        Dictionary<string, string> settings = new(StringComparer.Ordinal);
        if (options.GetValueOrDefault("--precision") == "tf32")
        {
            settings["use_tf32"] = "1";
        }

        if (options.GetValueOrDefault("--capture") == "0")
        {
            settings["enable_cuda_graph"] = "0";
        }

        StepMeasurement measurement = new()
        {
            Model = arguments[0],
            Provider = ExecutionProvider.Named(options.GetValueOrDefault("--provider", "auto")) with
            {
                Options = settings,
                DeviceIndex = Number("--device", 0),
            },
            Threads = Number("--threads", 2),
            Batch = Number("--batch", 8),
            MicroBatch = options.ContainsKey("--micro-batch") ? Number("--micro-batch", 8) : null,
            Prefix = Number("--prefix", 512),
            Suffix = Number("--suffix", 30),
            Rank = Number("--rank", 32),
            Steps = Number("--steps", 15),
        };
        StepMeasurement.StepFigures found;
        try
        {
            found = measurement.Run();
        }
        catch (Exception exception) when (exception is InvalidOperationException or NotSupportedException or IOException
            or FormatException or OutOfMemoryException)
        {
            Console.Error.WriteLine($"error: {exception.Message}");
            return Failed;
        }

        Console.WriteLine(
            $"{arguments[0]} {measurement.Provider.Name} batch {measurement.Batch} prefix {measurement.Prefix} suffix {measurement.Suffix} "
            + $"rank {measurement.Rank} ({found.Parameters:N0} parameters): step {found.Step:0.00} ms ({found.Fastest:0.00} to "
            + $"{found.Slowest:0.00}), of it forward and backward {found.Runs:0.00}; opened in {found.Opening:0.0} s; loss {found.Loss:R}, "
            + $"norm {found.Norm:R}; peak of the process {found.PeakBytes / 1e9:0.00} GB"
            + (found.DeviceBytes is { } device ? $"; taken on the device {device / 1e9:0.00} GB" : "")
            + (found.Need is { } need ? $" (counted before: {need})" : ""));
        return options.TryGetValue("--peer", out string? peer)
            ? Compare(peer, options.GetValueOrDefault("--shape", "smol"), measurement, found)
            : 0;

        int Number(string name, int otherwise) =>
            options.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
    }

    // The peer's script prints "whole 365 ms, cached 416 ms" and its peaks.
    private static int Compare(string peer, string shape, StepMeasurement measurement, StepMeasurement.StepFigures found)
    {
        string[] words = peer.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string device = measurement.Provider.Name.Contains("CUDA", StringComparison.OrdinalIgnoreCase) ? "cuda" : "cpu";
        ProcessStartInfo start = new(words[0]) { RedirectStandardOutput = true };
        foreach (string argument in words.Skip(1).Concat(
        [
            device, shape, $"{measurement.Batch}", $"{measurement.Prefix}", $"{measurement.Suffix}", $"{measurement.Rank}",
        ]))
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Console.Write(output);
        Match times = Regex.Match(output, "whole ([0-9.]+) ms, cached ([0-9.]+) ms");
        if (process.ExitCode != 0 || !times.Success)
        {
            Console.Error.WriteLine($"error: {peer} ended with code {process.ExitCode}, expected a line with 'whole … ms, cached … ms'.");
            return Failed;
        }

        Console.WriteLine(
            $"{shape}, batch {measurement.Batch}, prefix {measurement.Prefix}: {Ratio(1):0.00} times as fast as the peer over whole "
            + $"sequences, {Ratio(2):0.00} times as fast as over a cached prefix");
        return 0;

        double Ratio(int group) => double.Parse(times.Groups[group].Value, CultureInfo.InvariantCulture) / found.Step;
    }
}
