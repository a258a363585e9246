using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Weights;

/// <summary>Angle per position of each rotated pair of elements, in the binary32 steps in which torch computes them.</summary>
internal static class RotaryFrequencies
{
    /// <summary>Half of <see cref="RopeSettings.RotaryDimension"/> frequencies, in radians per position.</summary>
    public static float[] Compute(RopeSettings rope)
    {
        float[] frequencies = new float[rope.RotaryDimension / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            float plain = 1 / MathF.Pow((float)rope.Theta, 2 * i / (float)rope.RotaryDimension);
            frequencies[i] = rope.Type switch
            {
                RopeType.Default => plain,
                RopeType.Linear => plain / (float)rope.Factor,
                RopeType.Llama3 => ScaleAsLlama3(plain, rope),
                _ => throw new InvalidOperationException($"No frequencies for rope type {rope.Type}."),
            };
        }

        return frequencies;
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
}
