namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>
/// One way to satisfy a goal: facts that must all hold, after every reference and combination was followed.
/// </summary>
internal sealed class Alternative
{
    private Alternative(IReadOnlyList<Facts> facts, JsonType types)
    {
        Facts = facts;
        Types = types;
        Key = string.Join('\n', facts.Select(one => one.Key));
    }

    public static Alternative Anything { get; } = new([], JsonType.All);

    public IReadOnlyList<Facts> Facts { get; }

    /// <summary>Types that all of them allow.</summary>
    public JsonType Types { get; }

    /// <summary>The same for alternatives of the same facts.</summary>
    public string Key { get; }

    public static Alternative Of(Facts facts) => new([facts], facts.Types);

    /// <summary>The same where it stands within a negation.</summary>
    public Alternative Hidden() => new([.. Facts.Select(one => one.Hidden())], Types);

    public Alternative And(Alternative other)
    {
        if (other.Facts.Count == 0)
        {
            return this;
        }

        return Facts.Count == 0
            ? other
            : new Alternative([.. Facts.Concat(other.Facts).DistinctBy(one => one.Key, StringComparer.Ordinal)], Types & other.Types);
    }
}
