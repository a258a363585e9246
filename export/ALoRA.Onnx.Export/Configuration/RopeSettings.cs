namespace ALoRA.Onnx.Export.Configuration;

/// <summary>Rotary embedding as the configuration describes it.</summary>
internal sealed record RopeSettings
{
    public required RopeType Type { get; init; }

    /// <summary>Base of the frequencies.</summary>
    public required double Theta { get; init; }

    /// <summary>Elements of a head that are rotated, counted from its start.</summary>
    public required int RotaryDimension { get; init; }

    /// <summary>Divisor of the frequencies (linear, llama3, yarn).</summary>
    public double Factor { get; init; } = 1;

    public double LowFrequencyFactor { get; init; } = 1;

    public double HighFrequencyFactor { get; init; } = 1;

    /// <summary>Context length before scaling (llama3, yarn, longrope).</summary>
    public int OriginalMaxPositions { get; init; } = 1;

    /// <summary>Factor of cosines and sines (yarn, longrope).</summary>
    public double AttentionFactor { get; init; } = 1;

    /// <summary>Rotations over the original context from which on a frequency is kept (yarn).</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>Rotations over the original context up to which a frequency is divided by the whole factor (yarn).</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>Whether the ramp between the two begins and ends at whole pairs (yarn).</summary>
    public bool TruncatesRamp { get; init; } = true;

    /// <summary>Divisors of the frequencies in contexts up to <see cref="OriginalMaxPositions"/>, one for each pair (longrope).</summary>
    public IReadOnlyList<double> ShortFactors { get; init; } = [];

    /// <summary>Divisors of the frequencies in longer contexts (longrope).</summary>
    public IReadOnlyList<double> LongFactors { get; init; } = [];

    /// <summary>Whether a context that grows to so many positions meets other frequencies on its way.</summary>
    public bool SwitchesWithin(int positions) => Type == RopeType.LongRope && positions > OriginalMaxPositions;
}
