using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>What a reader of the figures has to know: how they are meant, and what is not among them.</summary>
internal static class BenchmarkNotes
{
    public static IEnumerable<string> Of(BenchmarkReport report)
    {
        if (report.Models.Any(model => IsOnProcessor(model)))
        {
            string weights = string.Join(
                " and ", report.Models.Where(IsOnProcessor).Select(model => ByteSize.Format(model.WeightsBytesPerToken)));
            yield return $"Share of memory read: ({weights} of weights + rows of the KV cache) · tokens/s ÷ what as many threads "
                + "read from memory in between; "
                + "what caches hold counts as read.";
        }

        foreach (BenchmarkedModel model in report.Models.Where(model => !IsOnProcessor(model)))
        {
            yield return $"{model.ExecutionProvider}: the device's bandwidth is not measured; "
                + $"set what the decode reads ({ByteSize.Format(model.WeightsBytesPerToken)} of weights + rows of the KV cache a token) "
                + "against the device's own figure. Its memory holds the weights (once for all graphs), the cache and the adapters; ONNX "
                + "Runtime's activations come on top.";
        }

        LeftOutLength[] tooLong = [.. report.LeftOut.Where(left => !left.Fits)];
        if (tooLong.Length > 0)
        {
            yield return $"Left out, as the context is too short: {Options(tooLong)}.";
        }

        LeftOutLength[] tooSlow = [.. report.LeftOut.Where(left => left.Fits)];
        if (tooSlow.Length > 0)
        {
            string minutes = Math.Ceiling(tooSlow.Min(left => left.Time).TotalMinutes).ToString("0", CultureInfo.InvariantCulture);
            yield return $"Left out, as a figure would take some {minutes} minutes and more; to measure it as well: {Options(tooSlow)}";
        }
    }

    private static bool IsOnProcessor(BenchmarkedModel model) => model.ExecutionProvider == ExecutionProvider.Cpu.Name;

    // As one gives them on the command line.
    private static string Options(IEnumerable<LeftOutLength> lengths) =>
        string.Join(' ', lengths
            .GroupBy(left => left.Option)
            .Select(group => $"{group.Key} {string.Join(',', group.Select(left => left.Tokens))}"));
}
