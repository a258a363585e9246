namespace ALoRA.Onnx.Cli.Bench;

/// <summary>Units of measurements; decimal, as bandwidths are.</summary>
internal static class Units
{
    public const string Milliseconds = "ms";
    public const string TokensPerSecond = "tokens/s";
    public const string Megabytes = "MB";
    public const string GigabytesPerSecond = "GB/s";
    public const string Percent = "%";

    public static double ToMegabytes(long bytes) => bytes / 1e6;
}
