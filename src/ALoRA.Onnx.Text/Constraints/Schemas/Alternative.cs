namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>
/// One way to satisfy a goal: schemas whose own keywords must all hold, after every reference,
/// <c>allOf</c>, <c>anyOf</c> and <c>oneOf</c> was followed.
/// </summary>
/// <param name="Schemas">The schemas, each once.</param>
/// <param name="Excluded">Branches of <c>oneOf</c> that were not taken and that the value must not satisfy.</param>
internal sealed record Alternative(IReadOnlyList<SchemaLocation> Schemas, IReadOnlyList<SchemaLocation> Excluded)
{
    public static Alternative Anything { get; } = new([], []);

    public Alternative And(Alternative other) => new([.. Schemas.Union(other.Schemas)], [.. Excluded.Union(other.Excluded)]);

    public Alternative Excluding(IEnumerable<SchemaLocation> branches) => this with { Excluded = [.. Excluded.Union(branches)] };

    /// <summary>The same for alternatives of the same schemas.</summary>
    public string Key =>
        string.Concat(Schemas.Select(schema => $"#{schema.Pointer}\n").Concat(Excluded.Select(schema => $"!{schema.Pointer}\n")));
}
