using System.Globalization;
using ALoRA.Onnx;
using ALoRA.Onnx.Samples;
using Spectre.Console;

namespace UncertaintyConsole;

/// <summary>Shows a certainty as a percentage with a bar, and what it cost.</summary>
internal static class CertaintyReport
{
    private const int BarWidth = 20;

    /// <summary>Prints to the standard output.</summary>
    public static void Print(Certainty certainty, Comparison comparison)
    {
        int filled = (int)Math.Round(certainty.Value * BarWidth);
        string color = certainty.Value switch { >= 0.75 => "green", >= 0.4 => "yellow", _ => "red" };
        Console.WriteLine();
        Screen.Output.MarkupLine(string.Create(
            CultureInfo.InvariantCulture,
            $"certainty {100 * certainty.Value:0} % [{color}]{new string('█', filled)}[/][grey]{new string('░', BarWidth - filled)}[/]"));
        Console.WriteLine(Describe("as aLoRA", comparison.Alora));
        if (comparison.Lora is TokenUsage lora)
        {
            double ratio = lora.TimeToFirstToken / comparison.Alora.TimeToFirstToken;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Describe("as plain LoRA", lora)}, {ratio:0.0} times as long"));
        }

        Console.WriteLine();
    }

    private static string Describe(string how, TokenUsage usage) => string.Create(
        CultureInfo.InvariantCulture,
        $"  {how,-14} {usage.ReusedTokens,5} tokens reused, {usage.ComputedTokens,5} computed, "
        + $"{usage.TimeToFirstToken.TotalMilliseconds,7:0.0} ms");
}
