namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>
/// Schemas that one value must satisfy together. Equal sets are equal goals, so that recursive schemas have finitely many of them.
/// </summary>
internal sealed class Goal : IEquatable<Goal>
{
    private readonly string _key;

    public Goal(IEnumerable<SchemaLocation> schemas)
    {
        Schemas = [.. schemas.Distinct().OrderBy(schema => schema.Pointer, StringComparer.Ordinal)];
        _key = string.Concat(Schemas.Select(schema => $"#{schema.Pointer}\n"));
    }

    public IReadOnlyList<SchemaLocation> Schemas { get; }

    /// <summary>Where to point when something is wrong with it.</summary>
    public string Pointer => Schemas.Count == 0 ? "" : Schemas[0].Pointer;

    public bool Equals(Goal? other) => other is not null && _key == other._key;

    public override bool Equals(object? obj) => Equals(obj as Goal);

    public override int GetHashCode() => _key.GetHashCode(StringComparison.Ordinal);
}
