using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>Rotary embedding as the papers and Transformers define it, in binary64, pair by pair.</summary>
internal static class NaiveRotation
{
    /// <summary>Rotates the first elements of a head at a position of a context of some length.</summary>
    public static void Rotate(Span<double> head, RopeSettings rope, int position, int contextLength)
    {
        int half = rope.RotaryDimension / 2;
        for (int pair = 0; pair < half; pair++)
        {
            double angle = position * Frequency(rope, pair, contextLength);
            double cosine = Math.Cos(angle) * rope.AttentionFactor;
            double sine = Math.Sin(angle) * rope.AttentionFactor;
            (double first, double second) = (head[pair], head[pair + half]);
            head[pair] = (first * cosine) - (second * sine);
            head[pair + half] = (second * cosine) + (first * sine);
        }
    }

    public static double Frequency(RopeSettings rope, int pair, int contextLength)
    {
        double plain = Math.Pow(rope.Theta, -2.0 * pair / rope.RotaryDimension);
        switch (rope.Type)
        {
            case RopeType.Linear:
                return plain / rope.Factor;
            case RopeType.LongRope:
                return plain / (contextLength > rope.OriginalMaxPositions ? rope.LongFactors : rope.ShortFactors)[pair];
            case RopeType.Llama3:
                double turns = rope.OriginalMaxPositions * plain / (2 * Math.PI);
                double smooth = Math.Clamp((turns - rope.LowFrequencyFactor) / (rope.HighFrequencyFactor - rope.LowFrequencyFactor), 0, 1);
                return (smooth * plain) + ((1 - smooth) * plain / rope.Factor);
            case RopeType.Yarn:
                double first = Math.Max(Bound(rope, rope.BetaFast, Math.Floor), 0);
                double last = Math.Min(Bound(rope, rope.BetaSlow, Math.Ceiling), rope.RotaryDimension - 1);
                double kept = 1 - Math.Clamp((pair - first) / (last == first ? 0.001 : last - first), 0, 1);
                return (kept * plain) + ((1 - kept) * plain / rope.Factor);
            default:
                return plain;
        }
    }

    // The pair that makes so many turns over the original context.
    private static double Bound(RopeSettings rope, double turns, Func<double, double> round)
    {
        double pair = rope.RotaryDimension / 2.0 * Math.Log(rope.OriginalMaxPositions / (2 * Math.PI * turns), rope.Theta);
        return rope.TruncatesRamp ? round(pair) : pair;
    }
}
