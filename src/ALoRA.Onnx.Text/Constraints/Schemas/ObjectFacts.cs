namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>At least one member, whose name belongs to a group of names of a schema, satisfies a claim.</summary>
/// <param name="Of">The schema's facts.</param>
/// <param name="Pattern">Index of the pattern that names match; -1 for names that are neither declared nor match any.</param>
/// <param name="Claim">What its value satisfies.</param>
/// <param name="Names">What its name satisfies instead of all that; null if the group says it.</param>
internal sealed record SomeMember(ObjectFacts Of, int Pattern, Claim Claim, Claim? Names = null);

/// <summary>What one schema says about objects.</summary>
internal sealed class ObjectFacts
{
    private readonly Dictionary<string, Claim> _properties = new(StringComparer.Ordinal);

    public ObjectFacts(IEnumerable<(string Name, Claim Claim)> properties)
    {
        List<string> names = [];
        foreach ((string name, Claim claim) in properties)
        {
            if (_properties.TryAdd(name, claim))
            {
                names.Add(name);
            }
        }

        Names = names;
    }

    /// <summary>Names of declared properties, in their order.</summary>
    public IReadOnlyList<string> Names { get; }

    public IReadOnlyList<(TextRule Pattern, Claim Claim)> Patterns { get; init; } = [];

    /// <summary>What members satisfy that are neither declared nor match a pattern; null if the schema does not say.</summary>
    public Claim? Others { get; init; }

    public IReadOnlyList<string> Required { get; init; } = [];

    public int Min { get; init; }

    /// <summary>-1 is no limit.</summary>
    public int Max { get; init; } = -1;

    public IReadOnlyList<Claim> NamesClaims { get; init; } = [];

    public IReadOnlyList<SomeMember> Some { get; init; } = [];

    public Claim? Find(string name) => _properties.TryGetValue(name, out Claim claim) ? claim : null;

    /// <summary>What a member must satisfy.</summary>
    /// <param name="name">Its name; null if it is declared nowhere.</param>
    /// <param name="matches">Whether the name matches a pattern.</param>
    public IEnumerable<Claim> ClaimsOf(string? name, Func<TextRule, bool> matches)
    {
        bool known = false;
        if (name is not null && Find(name) is Claim declared)
        {
            known = true;
            yield return declared;
        }

        foreach ((TextRule pattern, Claim claim) in Patterns)
        {
            if (matches(pattern))
            {
                known = true;
                yield return claim;
            }
        }

        if (!known && Others is Claim others)
        {
            yield return others;
        }
    }

    /// <summary>Whether a name belongs to a group.</summary>
    public bool IsIn(int group, string? name, Func<TextRule, bool> matches) => group >= 0
        ? matches(Patterns[group].Pattern)
        : (name is null || Find(name) is null) && !Patterns.Any(one => matches(one.Pattern));
}
