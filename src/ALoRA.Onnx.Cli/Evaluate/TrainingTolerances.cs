using System.Globalization;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>How far a replayed training may be from the recorded one, in proportion to what a first gradient's tensor may be.</summary>
/// <param name="FirstGradient">Relative L2 distance of a tensor's first gradient, and relative difference of a norm.</param>
internal sealed record TrainingTolerances(double FirstGradient)
{
    /// <summary>Relative difference of a gradient norm.</summary>
    public double GradientNorm => FirstGradient;

    /// <summary>Absolute difference of a loss.</summary>
    public double Loss => FirstGradient / 10;

    /// <summary>Absolute difference of the held-out loss.</summary>
    public double HeldOutLoss => FirstGradient / 10;

    /// <summary>Relative L2 distance of a tensor after the last update.</summary>
    public double FinalWeight => FirstGradient * 10;

    /// <summary>Relative distance of a cached prefix from the whole sequence.</summary>
    public double CachedPrefix => FirstGradient / 10;

    /// <summary>From the number as it was written: 1e-4 in float32 is not 1e-4 in float64.</summary>
    public static TrainingTolerances Of(float tolerance) =>
        new(double.Parse(tolerance.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
}
