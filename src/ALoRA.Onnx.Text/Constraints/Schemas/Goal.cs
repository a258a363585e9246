namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>
/// Claims that must hold for one value together. Equal lists are equal goals, so that recursive schemas have finitely many of them.
/// </summary>
internal sealed class Goal : IEquatable<Goal>
{
    private readonly string _key;

    /// <param name="claims">The claims, in the order in which the members of an object are written.</param>
    public Goal(IEnumerable<Claim> claims)
    {
        List<Claim> kept = [];
        HashSet<string> keys = new(StringComparer.Ordinal);
        foreach (Claim claim in claims)
        {
            if (claim.IsNever || keys.Contains(claim.Not.Key))
            {
                kept = [Claim.Never];
                break;
            }

            if (!claim.IsAlways && keys.Add(claim.Key))
            {
                kept.Add(claim);
            }
        }

        Claims = kept;
        _key = string.Join('\n', kept.Select(claim => claim.Key));
    }

    public IReadOnlyList<Claim> Claims { get; }

    /// <summary>Whether it is seen at once that no value satisfies it.</summary>
    public bool IsNever => Claims is [{ IsNever: true }];

    /// <summary>Where to point when something is wrong with it.</summary>
    public string Pointer => Claims.Count == 0 ? "" : Claims[0].Schema.Pointer;

    public bool Equals(Goal? other) => other is not null && _key == other._key;

    public override bool Equals(object? obj) => Equals(obj as Goal);

    public override int GetHashCode() => _key.GetHashCode(StringComparison.Ordinal);
}
