using System.Runtime.InteropServices;
using ALoRA.Onnx.Devices;

namespace ALoRA.Onnx.Models;

/// <summary>Which runs are long enough for a session of their own.</summary>
/// <remarks>
/// Products with activations that are rounded to 8 bits read fewer bytes and so decode faster; where many rows share what is read, those in
/// float32 are at least as fast, and nothing is rounded. ONNX Runtime packs the weights in another way for each, so that a session can't do
/// both.
/// </remarks>
internal static class LongRuns
{
    // Measured: up to here unpacking a matrix for each run costs more than it gains.
    private const int FewestOfProfit = 64;

    /// <summary>Fewest rows of such a run; <see cref="int.MaxValue"/> where there is no such session.</summary>
    public static int FewestRows(ModelPrecision precision, ChosenProvider provider) =>
        FewestRows(precision, provider.Device is null, RuntimeInformation.ProcessArchitecture);

    /// <summary>The same, for tests: what it depends on.</summary>
    public static int FewestRows(ModelPrecision precision, bool isHost, Architecture processor) =>
        precision is { AccuracyLevel: 4, PrefillAccuracyLevel: 0 } && isHost && processor == Architecture.X64
            ? FewestOfProfit
            : int.MaxValue;
}
