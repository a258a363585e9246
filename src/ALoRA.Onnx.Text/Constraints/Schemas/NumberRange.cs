namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Bounds of a number; null is none.</summary>
internal sealed record NumberRange
{
    /// <summary>All numbers.</summary>
    public static NumberRange Open { get; } = new();

    public DecimalNumber? Lowest { get; init; }

    public bool ExcludesLowest { get; init; }

    public DecimalNumber? Highest { get; init; }

    public bool ExcludesHighest { get; init; }

    public bool IsOpen => Lowest is null && Highest is null;

    /// <summary>Whether no number at all is within.</summary>
    public bool IsEmpty => Lowest is DecimalNumber low && Highest is DecimalNumber high
        && (low.CompareTo(high) is int order && (order > 0 || (order == 0 && (ExcludesLowest || ExcludesHighest))));

    public NumberRange AtLeast(DecimalNumber bound, bool excluded)
    {
        int order = Lowest is DecimalNumber low ? bound.CompareTo(low) : 1;
        return order < 0 || (order == 0 && !excluded) ? this : this with { Lowest = bound, ExcludesLowest = excluded };
    }

    public NumberRange AtMost(DecimalNumber bound, bool excluded)
    {
        int order = Highest is DecimalNumber high ? bound.CompareTo(high) : -1;
        return order > 0 || (order == 0 && !excluded) ? this : this with { Highest = bound, ExcludesHighest = excluded };
    }

    /// <summary>What is in both.</summary>
    public NumberRange And(NumberRange other)
    {
        NumberRange range = other.Lowest is DecimalNumber low ? AtLeast(low, other.ExcludesLowest) : this;
        return other.Highest is DecimalNumber high ? range.AtMost(high, other.ExcludesHighest) : range;
    }

    public bool Contains(DecimalNumber value) =>
        (Lowest is not DecimalNumber low || value.CompareTo(low) > (ExcludesLowest ? 0 : -1))
        && (Highest is not DecimalNumber high || value.CompareTo(high) < (ExcludesHighest ? 0 : 1));
}
