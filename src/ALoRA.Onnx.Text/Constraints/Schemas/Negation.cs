namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>What it means that what a schema says itself does not hold: one of its keywords does not.</summary>
internal static class Negation
{
    /// <summary>All ways in which facts fail; none if they say nothing.</summary>
    public static IEnumerable<Facts> Of(Facts facts)
    {
        string key = $"!{facts.Key}";
        if (facts.HasTypes && facts.Types != JsonType.All)
        {
            yield return new Facts { Key = $"{key} type", Types = JsonType.All & ~facts.Types, HasTypes = true };
        }

        if (facts.Literals is not null)
        {
            yield return new Facts { Key = $"{key} enum", NotLiterals = facts.Literals };
        }

        foreach (Facts failed in OfNumber(facts, key).Concat(OfText(facts, key)))
        {
            yield return failed;
        }

        foreach (Facts failed in facts.Array is ArrayFacts array ? OfArray(array, key) : [])
        {
            yield return failed;
        }

        foreach (Facts failed in facts.Object is ObjectFacts members ? OfObject(members, key) : [])
        {
            yield return failed;
        }
    }

    /// <summary>An object that has some members and lacks others.</summary>
    public static Facts Members(string key, IReadOnlyList<string> required, IReadOnlyList<string> absent) => new()
    {
        Key = key,
        Types = JsonType.Object,
        HasTypes = true,
        Object = new ObjectFacts(absent.Select(name => (name, Claim.Never))) { Required = required },
    };

    private static IEnumerable<Facts> OfNumber(Facts facts, string key)
    {
        if (facts.Range.Lowest is DecimalNumber low)
        {
            yield return Number($"{key} minimum", new NumberRange().AtMost(low, !facts.Range.ExcludesLowest), []);
        }

        if (facts.Range.Highest is DecimalNumber high)
        {
            yield return Number($"{key} maximum", new NumberRange().AtLeast(high, !facts.Range.ExcludesHighest), []);
        }

        foreach (Multiple multiple in facts.Multiples)
        {
            yield return Number($"{key} multipleOf", NumberRange.Open, [multiple with { Negated = true }]);
        }
    }

    private static Facts Number(string key, NumberRange range, IReadOnlyList<Multiple> multiples) =>
        new() { Key = key, Types = JsonType.Number, HasTypes = true, Range = range, Multiples = multiples };

    private static IEnumerable<Facts> OfText(Facts facts, string key)
    {
        if (facts.MinLength > 0)
        {
            yield return new Facts { Key = $"{key} minLength", Types = JsonType.String, HasTypes = true, MaxLength = facts.MinLength - 1 };
        }

        if (facts.MaxLength >= 0)
        {
            yield return new Facts { Key = $"{key} maxLength", Types = JsonType.String, HasTypes = true, MinLength = facts.MaxLength + 1 };
        }

        foreach (TextRule rule in facts.Texts)
        {
            yield return new Facts
            {
                Key = $"{key} {rule.Key}",
                Types = JsonType.String,
                HasTypes = true,
                Texts = rule.IsFormat ? [] : [rule with { Negated = true }],
                Refusal = rule.IsFormat
                    ? rule.Place.Error(
                        "that a text does not have a format can't be enforced. Use a pattern, or branches that other keywords tell apart.")
                    : null,
            };
        }
    }

    private static IEnumerable<Facts> OfArray(ArrayFacts array, string key)
    {
        if (array.Min > 0)
        {
            yield return Items($"{key} minItems", new ArrayFacts { Max = array.Min - 1 });
        }

        if (array.Max >= 0)
        {
            yield return Items($"{key} maxItems", new ArrayFacts { Min = array.Max + 1 });
        }

        for (int index = 0; index < array.Prefix.Count; index++)
        {
            if (!array.Prefix[index].IsAlways)
            {
                yield return Items(
                    $"{key} prefixItems {index}",
                    new ArrayFacts
                    {
                        Min = index + 1,
                        Prefix = [.. Enumerable.Repeat(Claim.Always, index), array.Prefix[index].Not],
                    });
            }
        }

        if (array.Rest is { IsAlways: false } rest)
        {
            yield return Items(
                $"{key} items",
                rest.IsNever
                    ? new ArrayFacts { Min = array.Prefix.Count + 1 }
                    : new ArrayFacts { Contains = [new Containing(rest.Not, array.Prefix.Count, 1, -1, rest.Schema)] });
        }

        foreach (Containing contained in array.Contains)
        {
            if (contained.Min > 0)
            {
                yield return Items($"{key} contains", new ArrayFacts { Contains = [contained with { Min = 0, Max = contained.Min - 1 }] });
            }

            if (contained.Max >= 0)
            {
                yield return Items(
                    $"{key} maxContains", new ArrayFacts { Contains = [contained with { Min = contained.Max + 1, Max = -1 }] });
            }
        }

        if (array.Unique is SchemaLocation unique)
        {
            yield return new Facts
            {
                Key = $"{key} uniqueItems",
                Types = JsonType.Array,
                HasTypes = true,
                Refusal = unique.Error("that two items of a list are equal can't be enforced. Remove it, or say it in another way."),
            };
        }
    }

    private static Facts Items(string key, ArrayFacts array) => new() { Key = key, Types = JsonType.Array, HasTypes = true, Array = array };

    private static IEnumerable<Facts> OfObject(ObjectFacts members, string key)
    {
        foreach (string name in members.Names)
        {
            Claim claim = members.Find(name)!.Value;
            if (!claim.IsAlways)
            {
                yield return Object(
                    $"{key} properties {name}", new ObjectFacts([(name, claim.Not)]) { Required = [name] });
            }
        }

        foreach (string name in members.Required)
        {
            yield return Members($"{key} required {name}", [], [name]);
        }

        for (int i = 0; i < members.Patterns.Count; i++)
        {
            if (!members.Patterns[i].Claim.IsAlways)
            {
                yield return Object(
                    $"{key} patternProperties {i}",
                    new ObjectFacts([]) { Some = [new SomeMember(members, i, members.Patterns[i].Claim.Not)] });
            }
        }

        if (members.Others is { IsAlways: false } others)
        {
            yield return Object($"{key} additionalProperties", new ObjectFacts([]) { Some = [new SomeMember(members, -1, others.Not)] });
        }

        if (members.Min > 0)
        {
            yield return Object($"{key} minProperties", new ObjectFacts([]) { Max = members.Min - 1 });
        }

        if (members.Max >= 0)
        {
            yield return Object($"{key} maxProperties", new ObjectFacts([]) { Min = members.Max + 1 });
        }

        foreach (Claim names in members.NamesClaims.Where(claim => !claim.IsAlways))
        {
            yield return Object(
                $"{key} propertyNames", new ObjectFacts([]) { Some = [new SomeMember(members, -1, Claim.Always, names.Not)] });
        }
    }

    private static Facts Object(string key, ObjectFacts members) =>
        new() { Key = key, Types = JsonType.Object, HasTypes = true, Object = members };
}
