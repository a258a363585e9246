using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Weights;

/// <summary>Angle per position of each rotated pair of elements, in the binary32 steps in which torch computes them.</summary>
internal static class RotaryFrequencies
{
    /// <summary>Half of <see cref="RopeSettings.RotaryDimension"/> frequencies, in radians per position.</summary>
    /// <param name="rope">The settings.</param>
    /// <param name="isLong">
    /// Whether they are for contexts beyond <see cref="RopeSettings.OriginalMaxPositions"/>; matters for longrope only.
    /// </param>
    public static float[] Compute(RopeSettings rope, bool isLong)
    {
        Func<int, float, float> scale = rope.Type switch
        {
            RopeType.Default or RopeType.Dynamic => (_, turn) => 1 / turn,
            RopeType.Linear => (_, turn) => 1 / turn / (float)rope.Factor,
            RopeType.Llama3 => (_, turn) => ScaleAsLlama3(1 / turn, rope),
            RopeType.Yarn => YarnScale(rope),
            RopeType.LongRope => (pair, turn) => 1 / ((float)(isLong ? rope.LongFactors : rope.ShortFactors)[pair] * turn),
            _ => throw new InvalidOperationException($"No frequencies for rope type {rope.Type}."),
        };
        return [.. Enumerable.Range(0, rope.RotaryDimension / 2)
            .Select(pair => scale(pair, MathF.Pow((float)rope.Theta, 2 * pair / (float)rope.RotaryDimension)))];
    }

    private static float ScaleAsLlama3(float frequency, RopeSettings rope)
    {
        float factor = (float)rope.Factor;
        float wavelength = (float)(2 * Math.PI) / frequency;
        double longWavelength = rope.OriginalMaxPositions / rope.LowFrequencyFactor;
        double shortWavelength = rope.OriginalMaxPositions / rope.HighFrequencyFactor;
        if (wavelength < (float)shortWavelength)
        {
            return frequency;
        }

        if (wavelength > (float)longWavelength)
        {
            return frequency / factor;
        }

        float smooth = ((rope.OriginalMaxPositions / wavelength) - (float)rope.LowFrequencyFactor)
            / (float)(rope.HighFrequencyFactor - rope.LowFrequencyFactor);
        return ((1 - smooth) * frequency / factor) + (smooth * frequency);
    }

    // The ramp runs over pairs: kept below its first, divided above its last.
    private static Func<int, float, float> YarnScale(RopeSettings rope)
    {
        double first = PairWithRotations(rope.BetaFast, rope);
        double last = PairWithRotations(rope.BetaSlow, rope);
        if (rope.TruncatesRamp)
        {
            first = Math.Floor(first);
            last = Math.Ceiling(last);
        }

        first = Math.Max(first, 0);
        last = Math.Min(last, rope.RotaryDimension - 1);
        if (first == last)
        {
            last += 0.001;
        }

        return (pair, turn) =>
        {
            float kept = 1 - Math.Clamp((pair - (float)first) / (float)(last - first), 0, 1);
            return (1 / ((float)rope.Factor * turn) * (1 - kept)) + (1 / turn * kept);
        };
    }

    private static double PairWithRotations(double rotations, RopeSettings rope) =>
        rope.RotaryDimension * Math.Log(rope.OriginalMaxPositions / (rotations * 2 * Math.PI)) / (2 * Math.Log(rope.Theta));
}
