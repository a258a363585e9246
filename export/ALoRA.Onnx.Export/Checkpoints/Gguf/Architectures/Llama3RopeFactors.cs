using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>
/// Finds the settings behind a tensor of rotary factors. GGUF files of Llama 3.1 and later hold the divisor of each frequency instead of
/// the four numbers that it follows from.
/// </summary>
internal static class Llama3RopeFactors
{
    private const double LowFactor = 1;
    private const double HighFactor = 4;

    // The converter calculates in binary32, and the rule enlarges its last digit by up to the scaling factor.
    private const double Tolerance = 1e-5;

    /// <summary>
    /// The <c>llama3</c> settings that give exactly these factors; otherwise <c>longrope</c> with the factors themselves, which gives the
    /// same frequencies at every length.
    /// </summary>
    /// <param name="factors">The divisor of each frequency.</param>
    /// <param name="theta">Base of the frequencies.</param>
    /// <param name="rotated">Elements of a head that are rotated.</param>
    /// <param name="attentionFactor">Factor of cosines and sines.</param>
    public static JsonObject ToParameters(float[] factors, double theta, int rotated, double attentionFactor = 1)
    {
        if (attentionFactor != 1)
        {
            return Listed(factors, attentionFactor);
        }

        if (Array.TrueForAll(factors, value => value == 1))
        {
            return new JsonObject { ["rope_type"] = "default" };
        }

        double factor = factors.Max();
        for (int original = 16; original <= 1 << 20 && factor > 1; original *= 2)
        {
            if (Matches(factors, theta, rotated, factor, original))
            {
                return new JsonObject
                {
                    ["rope_type"] = "llama3",
                    ["factor"] = Math.Round(factor, 6),
                    ["low_freq_factor"] = LowFactor,
                    ["high_freq_factor"] = HighFactor,
                    ["original_max_position_embeddings"] = original,
                };
            }
        }

        return Listed(factors, attentionFactor);
    }

    /// <summary>Settings that divide each frequency by its factor at every length.</summary>
    public static JsonObject Listed(float[] factors, double attentionFactor)
    {
        JsonArray All() => [.. factors.Select(value => (JsonNode)(double)value)];
        return new JsonObject
        {
            ["rope_type"] = "longrope",
            ["long_factor"] = All(),
            ["short_factor"] = All(),
            ["attention_factor"] = attentionFactor,
        };
    }

    /// <summary>The divisor of the frequency with index <paramref name="pair"/> by Llama 3.1's rule.</summary>
    internal static double Factor(int pair, double theta, int rotated, double factor, int original)
    {
        double wavelength = 2 * Math.PI * Math.Pow(theta, 2.0 * pair / rotated);
        if (wavelength < original / HighFactor)
        {
            return 1;
        }

        if (wavelength > original / LowFactor)
        {
            return factor;
        }

        double smooth = ((original / wavelength) - LowFactor) / (HighFactor - LowFactor);
        return 1 / (((1 - smooth) / factor) + smooth);
    }

    private static bool Matches(float[] factors, double theta, int rotated, double factor, int original)
    {
        for (int pair = 0; pair < factors.Length; pair++)
        {
            double expected = Factor(pair, theta, rotated, factor, original);
            if (Math.Abs(expected - factors[pair]) > Tolerance * expected)
            {
                return false;
            }
        }

        return true;
    }
}
