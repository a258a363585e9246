using System.Globalization;

namespace ALoRA.Onnx.Cluster.Tests.Chaos;

/// <summary>How much is done, and figures of it.</summary>
internal static class Soak
{
    /// <summary>A number of the environment.</summary>
    public static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : otherwise;

    /// <summary>The value below which so much of a sorted list lies.</summary>
    public static TimeSpan At(List<TimeSpan> sorted, double part) =>
        sorted.Count == 0 ? TimeSpan.Zero : sorted[(int)Math.Ceiling(part * (sorted.Count - 1))];
}
