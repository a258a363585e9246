using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>What figures were measured on.</summary>
internal sealed record MachineDescription(
    string Processor, int Cores, [property: JsonPropertyName("os")] string OperatingSystem, string Framework, string OnnxRuntime)
{
    public static MachineDescription OfThisOne() => new(
        FindProcessor(),
        Environment.ProcessorCount,
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        OrtEnv.Instance().GetVersionString());

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Processor}, {Cores} logical cores, {OperatingSystem}, {Framework}, ONNX Runtime {OnnxRuntime}");

    private static string FindProcessor()
    {
        const string LinuxFile = "/proc/cpuinfo";
        string? name = File.Exists(LinuxFile)
            ? File.ReadLines(LinuxFile)
                .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?
                .Split(':', 2)[1].Trim()
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return name ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
