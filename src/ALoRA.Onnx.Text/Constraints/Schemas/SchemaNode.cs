namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>A schema that was read: its own facts, and the schemas that it applies.</summary>
internal sealed class SchemaNode
{
    public required Facts Own { get; init; }

    /// <summary>Schemas that must hold as well: of references, then of <c>allOf</c>.</summary>
    public IReadOnlyList<Claim> All { get; init; } = [];

    public IReadOnlyList<Claim>? AnyOf { get; init; }

    public IReadOnlyList<Claim>? OneOf { get; init; }

    public Claim? Not { get; init; }

    public Claim? If { get; init; }

    public Claim Then { get; init; } = Claim.Always;

    public Claim Else { get; init; } = Claim.Always;

    /// <summary>Names that must be there if another one is.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<string> Required, SchemaLocation Place)> DependentNames { get; init; } = [];

    /// <summary>Schemas that must hold if a name is there.</summary>
    public IReadOnlyList<(string Name, Claim Claim, SchemaLocation Place)> DependentSchemas { get; init; } = [];

    public Claim? UnevaluatedProperties { get; init; }

    public Claim? UnevaluatedItems { get; init; }

    /// <summary>Whether nothing but a reference is there.</summary>
    public bool IsReference { get; init; }

    /// <summary>Every schema that can be reached from here, for the same value and for its parts.</summary>
    public IReadOnlyList<SchemaLocation> Children { get; init; } = [];

    /// <summary>Schemas that are applied to the same value and may name members, in the order in which these are written.</summary>
    public IEnumerable<Claim> InPlace =>
    [
        .. All, .. AnyOf ?? [], .. OneOf ?? [], .. If is Claim condition ? [condition, Then, Else] : (Claim[])[],
        .. DependentSchemas.Select(one => one.Claim),
    ];
}
