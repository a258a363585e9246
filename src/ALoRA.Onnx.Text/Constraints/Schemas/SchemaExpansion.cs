using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Turns goals into alternatives by following references and combinations.</summary>
internal sealed class SchemaExpansion(SchemaDocument document)
{
    private const int MaxAlternatives = 512;
    private const int MaxNesting = 200;
    private readonly Dictionary<Goal, IReadOnlyList<Alternative>> _known = [];
    private readonly Dictionary<string, List<Alternative>> _expanded = new(StringComparer.Ordinal);

    /// <summary>All ways to satisfy a goal; none if a part of it is <c>false</c>.</summary>
    /// <exception cref="JsonSchemaException">A schema refers to itself without anything in between, or there are too many ways.</exception>
    public IReadOnlyList<Alternative> Expand(Goal goal)
    {
        if (!_known.TryGetValue(goal, out IReadOnlyList<Alternative>? alternatives))
        {
            List<Alternative> all = [Alternative.Anything];
            foreach (SchemaLocation schema in goal.Schemas)
            {
                all = Combine(all, Expand(schema, []), schema);
            }

            alternatives = [.. all.DistinctBy(alternative => alternative.Key, StringComparer.Ordinal)];
            _known.Add(goal, alternatives);
        }

        return alternatives;
    }

    private List<Alternative> Expand(SchemaLocation schema, List<string> path)
    {
        if (schema.Element.ValueKind == JsonValueKind.False)
        {
            return [];
        }

        if (schema.Element.ValueKind == JsonValueKind.True)
        {
            return [Alternative.Anything];
        }

        // Without this, schemas that refer to one another twice each would take exponential time.
        if (_expanded.TryGetValue(schema.Pointer, out List<Alternative>? known))
        {
            return known;
        }

        if (path.Contains(schema.Pointer) || path.Count > MaxNesting)
        {
            throw schema.Error(path.Count > MaxNesting
                ? $"more than {MaxNesting} references and combinations lie within each other. Write the schema more directly."
                : "the schema refers to itself without a property or an item in between, so that it says nothing. Remove the circle.");
        }

        path.Add(schema.Pointer);
        List<Alternative> all = [new Alternative([schema], [])];
        if (schema.Find("$ref") is SchemaLocation reference)
        {
            all = Combine(all, Expand(document.Resolve(reference), path), reference);
        }

        if (schema.Find("allOf") is SchemaLocation parts)
        {
            foreach (SchemaLocation part in parts.Items())
            {
                all = Combine(all, Expand(part, path), part);
            }
        }

        if (schema.Find("anyOf") is SchemaLocation choices)
        {
            all = Combine(all, choices.Items().SelectMany(choice => Expand(choice, path)), choices);
        }

        if (schema.Find("oneOf") is SchemaLocation branches)
        {
            all = Combine(all, branches.Items().SelectMany(branch => ExpandOnly(branch, branches, path)), branches);
        }

        path.RemoveAt(path.Count - 1);
        all = [.. all.DistinctBy(alternative => alternative.Key, StringComparer.Ordinal)];
        _expanded.Add(schema.Pointer, all);
        return all;
    }

    private IEnumerable<Alternative> ExpandOnly(SchemaLocation branch, SchemaLocation branches, List<string> path) =>
        Expand(branch, path).Select(found => found.Excluding(branches.Items().Where(other => other != branch)));

    private static List<Alternative> Combine(List<Alternative> left, IEnumerable<Alternative> right, SchemaLocation place)
    {
        List<Alternative> all = [];
        List<Alternative> others = [.. right.Take(MaxAlternatives + 1)];
        foreach (Alternative one in left)
        {
            foreach (Alternative other in others)
            {
                all.Add(one.And(other));
                if (all.Count > MaxAlternatives)
                {
                    throw place.Error(
                        $"there are more than {MaxAlternatives} combinations of alternatives. Use fewer branches of anyOf and oneOf.");
                }
            }
        }

        return all;
    }
}
