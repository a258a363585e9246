using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>
/// Sees that facts contradict each other, without following combinations. What is not seen is not empty here.
/// </summary>
internal sealed class Emptiness(SchemaReader reader)
{
    private const int MaxDepth = 4;
    private readonly Dictionary<string, bool> _known = new(StringComparer.Ordinal);

    public bool IsEmpty(Alternative left, Alternative right) => IsEmpty([.. left.Facts, .. right.Facts], depth: 0);

    private bool IsEmpty(IReadOnlyList<Facts> all, int depth)
    {
        JsonType types = JsonType.All;
        NumberRange range = NumberRange.Open;
        Facts? literals = null;
        (int minLength, int maxLength, int minItems, int maxItems) = (0, int.MaxValue, 0, int.MaxValue);
        foreach (Facts facts in all)
        {
            types &= facts.Types;
            literals ??= facts.Literals is null ? null : facts;
            range = range.And(facts.Range);
            minLength = Math.Max(minLength, facts.MinLength);
            maxLength = Math.Min(maxLength, facts.MaxLength < 0 ? int.MaxValue : facts.MaxLength);
            minItems = Math.Max(minItems, facts.Array?.Min ?? 0);
            maxItems = Math.Min(maxItems, facts.Array is { Max: >= 0 } array ? array.Max : int.MaxValue);
        }

        if (types == JsonType.None)
        {
            return true;
        }

        if (literals is not null)
        {
            return !MayHoldAny(literals, all);
        }

        types = Without(types, JsonType.String, minLength > maxLength);
        types = Without(types, JsonType.Number, range.IsEmpty);
        types = Without(types, JsonType.Null, all.Any(facts => facts.NotLiterals.Any(one => one.ValueKind == JsonValueKind.Null)));
        types = Without(
            types, JsonType.Boolean,
            all.Any(facts => facts.NotLiterals.Any(one => one.ValueKind == JsonValueKind.True))
                && all.Any(facts => facts.NotLiterals.Any(one => one.ValueKind == JsonValueKind.False)));
        types = Without(
            types, JsonType.Array,
            minItems > maxItems || (types.HasFlag(JsonType.Array) && minItems > 0 && HasNoItem(all, minItems, depth)));
        types = Without(types, JsonType.Object, types == JsonType.Object && HasNoMember(all, depth));
        return types == JsonType.None;
    }

    private static JsonType Without(JsonType types, JsonType impossible, bool isImpossible) => isImpossible ? types & ~impossible : types;

    private bool HasNoItem(IReadOnlyList<Facts> all, int min, int depth)
    {
        const int Most = 8;
        return depth < MaxDepth && Enumerable.Range(0, Math.Min(min, Most)).Any(
            index => IsEmpty(all.Select(facts => facts.Array?.ItemAt(index)).OfType<Claim>(), depth + 1));
    }

    private bool HasNoMember(IReadOnlyList<Facts> all, int depth)
    {
        HashSet<string> required = new(StringComparer.Ordinal);
        int max = int.MaxValue;
        foreach (ObjectFacts facts in all.Select(one => one.Object).OfType<ObjectFacts>())
        {
            required.UnionWith(facts.Required);
            max = Math.Min(max, facts.Max < 0 ? int.MaxValue : facts.Max);
        }

        if (required.Count > max)
        {
            return true;
        }

        foreach (string name in required)
        {
            List<Claim> claims = [];
            foreach (ObjectFacts facts in all.Select(one => one.Object).OfType<ObjectFacts>())
            {
                if ((facts.Find(name) ?? (facts.Patterns.Count == 0 ? facts.Others : null)) is Claim claim)
                {
                    claims.Add(claim);
                }
            }

            if (claims.Exists(claim => claim.IsNever) || (depth < MaxDepth && claims.Count > 1 && IsEmpty(claims, depth + 1)))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsEmpty(IEnumerable<Claim> claims, int depth)
    {
        Claim[] both = [.. claims];
        if (Array.Exists(both, claim => claim.IsNever))
        {
            return true;
        }

        // Branches of many alternatives meet in the same members again and again.
        string key = $"{depth}{string.Join('\n', both.Select(claim => claim.Key))}";
        if (!_known.TryGetValue(key, out bool isEmpty))
        {
            List<Facts> all = [];
            Array.ForEach(both, claim => Add(claim, all, 0));
            isEmpty = all.Count > 0 && IsEmpty(all, depth);
            _known.Add(key, isEmpty);
        }

        return isEmpty;
    }

    // What is seen at once of a claim.
    private void Add(Claim claim, List<Facts> all, int depth)
    {
        if (depth > MaxDepth || claim.IsAlways)
        {
            return;
        }

        SchemaNode node = reader.Read(claim.Schema);
        if (!claim.Negated)
        {
            all.Add(node.Own);
            foreach (Claim part in node.All.Concat(node.Not is Claim not ? [not.Not] : (Claim[])[]))
            {
                Add(part, all, depth + 1);
            }

            return;
        }

        bool isSimple = node.UnevaluatedProperties is null && node.UnevaluatedItems is null && !node.InPlace.Any() && node.Not is null
            && node.DependentNames.Count == 0;
        if (isSimple && Negation.Of(node.Own).Take(2).ToArray() is [Facts only])
        {
            all.Add(only);
        }
        else if (node.IsReference)
        {
            Add(node.All[0].Not, all, depth + 1);
        }
    }

    private static bool MayHoldAny(Facts literals, IReadOnlyList<Facts> all)
    {
        for (int i = 0; i < literals.Literals!.Count; i++)
        {
            bool holds = true;
            for (int j = 0; j < all.Count && holds; j++)
            {
                holds = MayHold(all[j], literals.Literals[i], literals.LiteralTexts[i]);
            }

            if (holds)
            {
                return true;
            }
        }

        return false;
    }

    private static bool MayHold(Facts facts, JsonElement value, string? text)
    {
        if ((facts.Types & JsonTypes.Of(value)) == JsonType.None
            || !facts.HasLiteral(value, text)
            || (facts.NotLiterals.Count > 0 && facts.NotLiterals.Any(literal => JsonElement.DeepEquals(literal, value))))
        {
            return false;
        }

        if (value.ValueKind == JsonValueKind.Number)
        {
            return DecimalNumber.TryParse(value) is not DecimalNumber number || facts.Range.Contains(number);
        }

        if (text is null || (facts.MinLength == 0 && facts.MaxLength < 0))
        {
            return true;
        }

        int length = text.EnumerateRunes().Count();
        return length >= facts.MinLength && (facts.MaxLength < 0 || length <= facts.MaxLength);
    }
}
