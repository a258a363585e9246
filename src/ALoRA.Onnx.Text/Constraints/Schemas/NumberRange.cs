namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Bounds of a number; null is none.</summary>
internal sealed record NumberRange
{
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

    public bool Contains(DecimalNumber value) =>
        (Lowest is not DecimalNumber low || value.CompareTo(low) > (ExcludesLowest ? 0 : -1))
        && (Highest is not DecimalNumber high || value.CompareTo(high) < (ExcludesHighest ? 0 : 1));

    /// <summary>Narrows by the keywords of one schema.</summary>
    public NumberRange Narrow(SchemaLocation schema)
    {
        NumberRange range = this;
        foreach ((string keyword, SchemaLocation value) in schema.Members())
        {
            range = keyword switch
            {
                "minimum" => range.AtLeast(DecimalNumber.Parse(value), excluded: false),
                "exclusiveMinimum" => range.AtLeast(DecimalNumber.Parse(value), excluded: true),
                "maximum" => range.AtMost(DecimalNumber.Parse(value), excluded: false),
                "exclusiveMaximum" => range.AtMost(DecimalNumber.Parse(value), excluded: true),
                _ => range,
            };
        }

        return range;
    }
}
