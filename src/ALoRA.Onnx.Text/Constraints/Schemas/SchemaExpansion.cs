namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Turns goals into alternatives by following references, combinations, conditions and negations.</summary>
internal sealed class SchemaExpansion(SchemaReader reader, Emptiness emptiness, CancellationToken cancellation)
{
    private const int MaxAlternatives = 512;
    private const int MaxNesting = 200;
    private const int MaxSteps = 400_000;
    private readonly Dictionary<Goal, IReadOnlyList<Alternative>> _known = [];
    private readonly Dictionary<string, List<Alternative>> _expanded = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, string), bool> _exclusive = [];
    private int _steps;

    /// <summary>All ways to satisfy a goal; none if a part of it is <c>false</c>.</summary>
    /// <exception cref="JsonSchemaException">A schema refers to itself without anything in between, or there are too many ways.</exception>
    public IReadOnlyList<Alternative> Expand(Goal goal)
    {
        if (!_known.TryGetValue(goal, out IReadOnlyList<Alternative>? alternatives))
        {
            List<Alternative> all = [Alternative.Anything];
            foreach (Claim claim in goal.Claims)
            {
                all = Combine(all, Expand(claim, []), claim.Schema);
            }

            alternatives = all;
            _known.Add(goal, alternatives);
        }

        return alternatives;
    }

    private List<Alternative> Expand(Claim claim, List<string> path)
    {
        if (claim.IsNever)
        {
            return [];
        }

        if (claim.IsAlways)
        {
            return [Alternative.Anything];
        }

        // Without this, schemas that refer to one another twice each would take exponential time.
        if (_expanded.TryGetValue(claim.Key, out List<Alternative>? known))
        {
            return known;
        }

        if (path.Contains(claim.Key) || path.Count > MaxNesting)
        {
            throw claim.Schema.Error(path.Count > MaxNesting
                ? $"more than {MaxNesting} references and combinations lie within each other. Write the schema more directly."
                : "the schema refers to itself without a property or an item in between, so that it says nothing. Remove the circle.");
        }

        path.Add(claim.Key);
        SchemaNode node = reader.Read(claim.Schema);
        List<Alternative> all = claim.Negated ? ExpandFailure(node, claim.Schema, path) : ExpandAll(node, claim.Schema, path);
        path.RemoveAt(path.Count - 1);
        _expanded.Add(claim.Key, all);
        return all;
    }

    private List<Alternative> ExpandAll(SchemaNode node, SchemaLocation place, List<string> path)
    {
        List<Alternative> all = [Alternative.Of(node.Own)];
        bool marks = reader.HasUnevaluated;
        foreach (Claim part in node.All)
        {
            all = Combine(all, Expand(part, path), part.Schema);
        }

        if (node.AnyOf is IReadOnlyList<Claim> choices)
        {
            all = Combine(all, marks ? ExpandSubsets(choices, path, place) : ExpandAny(choices, path), choices[0].Schema);
        }

        if (node.OneOf is IReadOnlyList<Claim> branches)
        {
            all = ExpandOne(all, branches, path);
        }

        if (node.Not is Claim not)
        {
            all = Combine(all, Expand(not.Not, path), not.Schema);
        }

        if (node.If is Claim condition && !(node.Then.IsAlways && node.Else.IsAlways && !marks))
        {
            all = Combine(all, ExpandCondition(condition, node.Then, node.Else, path), condition.Schema);
        }

        foreach ((string name, IReadOnlyList<string> required, SchemaLocation at) in node.DependentNames)
        {
            all = Combine(
                all,
                [Lacks(at, name),
                    Alternative.Of(new Facts { Key = $"{at.Pointer} names", Object = new ObjectFacts([]) { Required = required } })],
                at);
        }

        foreach ((string name, Claim claim, SchemaLocation at) in node.DependentSchemas)
        {
            all = Combine(
                all, [Lacks(at, name), .. Combine(marks ? [Has(at, name)] : [Alternative.Anything], Expand(claim, path), at)], at);
        }

        return marks ? [.. all.Select(one => Unevaluated.AddTo(one, node))] : all;
    }

    private List<Alternative> ExpandFailure(SchemaNode node, SchemaLocation place, List<string> path)
    {
        List<Alternative> all = [];
        foreach (Facts failed in Negation.Of(node.Own))
        {
            all.AddRange(failed.NotLiterals.Count == 0 ? [Alternative.Of(failed)] : ExpandOtherThan(failed, place));
            if (all.Count > MaxAlternatives)
            {
                throw TooMany(place);
            }
        }

        foreach (Claim part in node.All)
        {
            all.AddRange(Expand(part.Not, path));
        }

        if (node.AnyOf is IReadOnlyList<Claim> choices)
        {
            all.AddRange(ExpandNone(choices, path));
        }

        if (node.OneOf is IReadOnlyList<Claim> branches)
        {
            all.AddRange(ExpandNone(branches, path));
            for (int i = 0; i < branches.Count && all.Count <= MaxAlternatives; i++)
            {
                for (int j = i + 1; j < branches.Count; j++)
                {
                    all.AddRange(Combine(Expand(branches[i], path), Expand(branches[j], path), branches[j].Schema));
                }
            }
        }

        if (node.Not is Claim not)
        {
            all.AddRange(Expand(not, path));
        }

        if (node.If is Claim condition && !(node.Then.IsAlways && node.Else.IsAlways))
        {
            all.AddRange(ExpandCondition(condition, node.Then.Not, node.Else.Not, path));
        }

        foreach ((string name, IReadOnlyList<string> required, SchemaLocation at) in node.DependentNames)
        {
            all.AddRange(required.Select(
                other => Alternative.Of(Negation.Members($"!{at.Pointer} {other}", [name], [other]))));
        }

        foreach ((string name, Claim claim, SchemaLocation at) in node.DependentSchemas)
        {
            all.AddRange(Combine([Has(at, name)], Expand(claim.Not, path), at));
        }

        foreach (Claim unevaluated in new[] { node.UnevaluatedProperties, node.UnevaluatedItems }.OfType<Claim>())
        {
            all.Add(Alternative.Of(new Facts
            {
                Key = $"!{unevaluated.Key}",
                Refusal = unevaluated.Schema.Error("that this does not hold can't be enforced. Say it in another way."),
            }));
        }

        return Distinct(reader.HasUnevaluated ? [.. all.Select(one => one.Hidden())] : all, place);
    }

    // That a list or an object differs from another is a matter of its parts.
    private List<Alternative> ExpandOtherThan(Facts failed, SchemaLocation place) => failed.NotLiterals.Index().Aggregate(
        (List<Alternative>)[Alternative.Of(failed)],
        (all, literal) => LiteralNegation.Of(literal.Item, $"{failed.Key} {literal.Index}") is { Count: > 0 } ways
            ? Combine(all, ways.Select(Alternative.Of), place)
            : all);

    private static Alternative Has(SchemaLocation at, string name) => Alternative.Of(Negation.Members($"{at.Pointer} there", [name], []));

    // Says nothing about values that are no objects.
    private static Alternative Lacks(SchemaLocation at, string name) => Alternative.Of(
        new Facts { Key = $"{at.Pointer} not there", Object = new ObjectFacts([(name, Claim.Never)]) });

    private IEnumerable<Alternative> ExpandAny(IReadOnlyList<Claim> choices, List<string> path) =>
        choices.SelectMany(choice => Expand(choice, path));

    private List<Alternative> ExpandNone(IReadOnlyList<Claim> choices, List<string> path) => choices.Aggregate(
        (List<Alternative>)[Alternative.Anything], (all, choice) => Combine(all, Expand(choice.Not, path), choice.Schema));

    // What is evaluated depends on all branches that hold, not only on one.
    private List<Alternative> ExpandSubsets(IReadOnlyList<Claim> choices, List<string> path, SchemaLocation place)
    {
        List<Alternative> none = [Alternative.Anything];
        List<Alternative> some = [];
        foreach (Claim choice in choices)
        {
            List<Alternative> holds = Expand(choice, path);
            some = Distinct([.. some, .. Combine(some, holds, place), .. Combine(none, holds, place)], place);
        }

        return some;
    }

    private List<Alternative> ExpandCondition(Claim condition, Claim then, Claim otherwise, List<string> path) =>
    [
        .. then.IsNever ? [] : Combine(Expand(condition, path), Expand(then, path), condition.Schema),
        .. otherwise.IsNever ? [] : Combine(Expand(condition.Not, path), Expand(otherwise, path), condition.Schema),
    ];

    // Of branches that exclude each other anyway, the others need not be denied.
    private List<Alternative> ExpandOne(List<Alternative> before, IReadOnlyList<Claim> branches, List<string> path)
    {
        List<Alternative>[] each = [.. branches.Select(branch => Combine(before, Expand(branch, path), branch.Schema))];
        if (each.Sum(one => one.Count) > MaxAlternatives)
        {
            throw TooMany(branches[0].Schema);
        }

        List<Alternative> all = [];
        for (int i = 0; i < each.Length; i++)
        {
            foreach (Alternative taken in each[i])
            {
                List<Alternative> only = [taken];
                for (int j = 0; j < each.Length && only.Count > 0; j++)
                {
                    if (j != i && each[j].Exists(other => !AreExclusive(taken, other, branches[j].Schema)))
                    {
                        only = Combine(only, Expand(branches[j].Not, path), branches[j].Schema);
                    }
                }

                all.AddRange(only);
            }
        }

        return Distinct(all, branches[0].Schema);
    }

    private bool AreExclusive(Alternative left, Alternative right, SchemaLocation place)
    {
        Step(place);
        if ((left.Types & right.Types) == JsonType.None)
        {
            return true;
        }

        // Each pair is asked for in both orders.
        bool isOrdered = string.CompareOrdinal(left.Key, right.Key) < 0;
        (string, string) key = isOrdered ? (left.Key, right.Key) : (right.Key, left.Key);
        if (!_exclusive.TryGetValue(key, out bool isExclusive))
        {
            isExclusive = emptiness.IsEmpty(left, right);
            _exclusive.Add(key, isExclusive);
        }

        return isExclusive;
    }

    private List<Alternative> Combine(List<Alternative> left, IEnumerable<Alternative> right, SchemaLocation place)
    {
        List<Alternative> others = [.. right.Take(MaxAlternatives + 1)];
        if (left is [{ Facts.Count: 0 }])
        {
            return others.Count > MaxAlternatives ? throw TooMany(place) : others;
        }

        bool prunes = left.Count > 1 || others.Count > 1;
        List<Alternative> all = [];
        HashSet<string> keys = new(StringComparer.Ordinal);
        foreach (Alternative one in left)
        {
            foreach (Alternative other in others)
            {
                Step(place);
                if (prunes && ((one.Types & other.Types) == JsonType.None || emptiness.IsEmpty(one, other)))
                {
                    continue;
                }

                Alternative both = one.And(other);
                if (keys.Add(both.Key))
                {
                    all.Add(both);
                }

                if (all.Count > MaxAlternatives)
                {
                    throw TooMany(place);
                }
            }
        }

        return all;
    }

    private static List<Alternative> Distinct(List<Alternative> all, SchemaLocation place)
    {
        List<Alternative> distinct = [.. all.DistinctBy(one => one.Key, StringComparer.Ordinal)];
        return distinct.Count > MaxAlternatives ? throw TooMany(place) : distinct;
    }

    private void Step(SchemaLocation place)
    {
        if ((++_steps & 255) == 0)
        {
            cancellation.ThrowIfCancellationRequested();
        }

        if (_steps > MaxSteps)
        {
            throw place.Error("the combinations of alternatives take too much work. Use fewer branches of anyOf and oneOf.");
        }
    }

    private static JsonSchemaException TooMany(SchemaLocation place) => place.Error(
        $"there are more than {MaxAlternatives} combinations of alternatives. Use fewer branches of anyOf and oneOf.");
}
