using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Proves that values of one alternative never satisfy another schema. What can't be proved is not true here.</summary>
internal sealed class ExclusionCheck(SchemaExpansion expansion, LiteralValidator validator)
{
    private const int MaxDepth = 6;
    private const int MaxSteps = 200_000;
    private int _steps;

    /// <summary>Whether what is generated for an alternative never satisfies a schema.</summary>
    /// <param name="schemas">The alternative's schemas.</param>
    /// <param name="facts">What they say together, and what is generated for them.</param>
    /// <param name="excluded">The schema that must not hold.</param>
    public bool NeverSatisfies(IReadOnlyList<SchemaLocation> schemas, ValueFacts facts, SchemaLocation excluded)
    {
        foreach (Alternative other in expansion.Expand(new Goal([excluded])))
        {
            if (!IsEmpty([.. schemas.Union(other.Schemas)], facts.Types, depth: 0) && !LacksProperty(facts, other))
            {
                return false;
            }
        }

        return true;
    }

    // Objects without other properties can't have what the other schema requires.
    private static bool LacksProperty(ValueFacts facts, Alternative other)
    {
        ValueFacts others = new(other.Schemas, open: true);
        return (facts.Types & others.DeclaredTypes) == JsonType.Object
            && !facts.HasOtherProperties
            && others.Required.Except(facts.Names, StringComparer.Ordinal).Any();
    }

    private bool IsEmpty(Goal goal, int depth) =>
        depth < MaxDepth && expansion.Expand(goal).All(alternative => IsEmpty(alternative.Schemas, JsonType.All, depth));

    private bool IsEmpty(IReadOnlyList<SchemaLocation> schemas, JsonType generated, int depth)
    {
        if (++_steps > MaxSteps)
        {
            return false;
        }

        ValueFacts facts = new(schemas, open: true);
        JsonType types = facts.DeclaredTypes & generated;
        if (facts.Literals is IReadOnlyList<JsonElement> literals)
        {
            return !literals.Any(literal => schemas.All(schema => validator.HasOwn(schema, literal)));
        }

        return (types & (JsonType.Null | JsonType.Boolean)) == JsonType.None
            && (!types.HasFlag(JsonType.String) || (facts.MaxLength >= 0 && facts.MaxLength < facts.MinLength))
            && ((types & JsonType.Number) == JsonType.None || facts.Range.IsEmpty)
            && (!types.HasFlag(JsonType.Array) || HasNoArray(facts, depth))
            && (!types.HasFlag(JsonType.Object) || facts.Required.Any(name => IsEmpty(facts.Property(name), depth + 1)));
    }

    private bool HasNoArray(ValueFacts facts, int depth) =>
        (facts.MaxItems >= 0 && facts.MaxItems < facts.MinItems)
        || Enumerable.Range(0, Math.Min(facts.MinItems, facts.PrefixLength + 1)).Any(index => IsEmpty(facts.Item(index), depth + 1));
}
