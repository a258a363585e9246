using System.Text.Json;
using ALoRA.Onnx.Constraints.Patterns;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Reads the keywords of one schema that say something about a value and its parts.</summary>
/// <param name="schema">The schema.</param>
/// <param name="keywords">Those of its keywords that count.</param>
/// <param name="dialect">Its draft.</param>
/// <param name="children">Receives the schemas of parts.</param>
internal sealed class FactsReader(
    SchemaLocation schema, Dictionary<string, SchemaLocation> keywords, Dialect dialect, List<SchemaLocation> children)
{
    private readonly Dictionary<string, SchemaLocation> _keywords = keywords;

    public Facts Read()
    {
        JsonType about = JsonType.None;
        foreach (string keyword in _keywords.Keys)
        {
            about |= JsonTypes.Of(keyword);
        }

        JsonType types = Find("type") is SchemaLocation type ? JsonTypes.Parse(type) : JsonType.All;
        return new Facts
        {
            Key = schema.Pointer,
            Types = types,
            HasTypes = Find("type") is not null,
            About = about,
            IsStrictInteger = dialect == Dialect.Draft4 && (types & JsonType.Number) == JsonType.Integer,
            Literals = ReadLiterals(),
            Range = ReadRange(),
            Multiples = Find("multipleOf") is SchemaLocation multiple ? [new Multiple(Divisor(multiple), Negated: false, multiple)] : [],
            MinLength = CountOf("minLength") ?? 0,
            MaxLength = CountOf("maxLength") ?? -1,
            Texts = ReadTexts(),
            Array = about.HasFlag(JsonType.Array) ? ReadArray() : null,
            Object = about.HasFlag(JsonType.Object) ? ReadObject() : null,
        };
    }

    private SchemaLocation? Find(string keyword) => _keywords.TryGetValue(keyword, out SchemaLocation value) ? value : null;

    private int? CountOf(string keyword) => Find(keyword) is SchemaLocation value ? Checks.Count(value) : null;

    private Claim Child(SchemaLocation child)
    {
        children.Add(child);
        return new Claim(child);
    }

    private IReadOnlyList<JsonElement>? ReadLiterals()
    {
        IReadOnlyList<JsonElement>? literals = null;
        if (Find("enum") is SchemaLocation list)
        {
            Checks.Require(list, JsonValueKind.Array, "a list of values");
            Checks.Text(list);
            literals = [.. list.Element.EnumerateArray()];
        }

        if (Find("const") is SchemaLocation value)
        {
            Checks.Text(value);
            literals = literals is null || literals.Any(literal => JsonElement.DeepEquals(literal, value.Element)) ? [value.Element] : [];
        }

        return literals;
    }

    private NumberRange ReadRange()
    {
        NumberRange range = NumberRange.Open;
        bool excludesLow = Find("exclusiveMinimum") is { Element.ValueKind: JsonValueKind.True };
        bool excludesHigh = Find("exclusiveMaximum") is { Element.ValueKind: JsonValueKind.True };
        if (Find("minimum") is SchemaLocation low)
        {
            range = range.AtLeast(DecimalNumber.Parse(low), excludesLow);
        }

        if (Find("maximum") is SchemaLocation high)
        {
            range = range.AtMost(DecimalNumber.Parse(high), excludesHigh);
        }

        if (Find("exclusiveMinimum") is { Element.ValueKind: not (JsonValueKind.True or JsonValueKind.False) } above)
        {
            range = range.AtLeast(DecimalNumber.Parse(above), excluded: true);
        }

        if (Find("exclusiveMaximum") is { Element.ValueKind: not (JsonValueKind.True or JsonValueKind.False) } below)
        {
            range = range.AtMost(DecimalNumber.Parse(below), excluded: true);
        }

        return range;
    }

    private static DecimalNumber Divisor(SchemaLocation value)
    {
        DecimalNumber divisor = DecimalNumber.Parse(value);
        return divisor.Unscaled.Sign > 0 ? divisor : throw value.Error($"expected a number above 0, got {SchemaText.Kind(value.Element)}.");
    }

    private List<TextRule> ReadTexts()
    {
        List<TextRule> rules = [];
        if (Find("pattern") is SchemaLocation pattern)
        {
            _ = PatternReader.Read(pattern);
            rules.Add(new TextRule(pattern, pattern.Element.GetString()!, IsFormat: false, Negated: false));
        }

        // A format that nobody knows has no pattern, and says nothing.
        if (Find("format") is SchemaLocation format && Formats.PatternOf(format) is not null)
        {
            rules.Add(new TextRule(format, format.Element.GetString()!, IsFormat: true, Negated: false));
        }

        return rules;
    }

    private ArrayFacts ReadArray()
    {
        List<Claim> prefix = [];
        SchemaLocation? rest = Find("items");
        if (rest is { Element.ValueKind: JsonValueKind.Array } list && Find("prefixItems") is null)
        {
            prefix.AddRange(list.Items().Select(Child));
            rest = Find("additionalItems");
        }
        else if (Find("prefixItems") is SchemaLocation items)
        {
            prefix.AddRange(Checks.Schemas(items).Select(Child));
        }

        bool unique = false;
        if (Find("uniqueItems") is SchemaLocation said)
        {
            unique = said.Element.ValueKind == JsonValueKind.True
                || (said.Element.ValueKind == JsonValueKind.False
                    ? false
                    : throw said.Error($"expected a Boolean, got {SchemaText.Kind(said.Element)}."));
        }

        return new ArrayFacts
        {
            Prefix = prefix,
            Rest = rest is SchemaLocation other ? Child(other) : null,
            Min = CountOf("minItems") ?? 0,
            Max = CountOf("maxItems") ?? -1,
            Contains = Find("contains") is SchemaLocation contained
                ? [new Containing(Child(contained), 0, CountOf("minContains") ?? 1, CountOf("maxContains") ?? -1, contained)]
                : [],
            Unique = unique ? Find("uniqueItems") : null,
        };
    }

    private ObjectFacts ReadObject()
    {
        List<(string, Claim)> properties = [];
        if (Find("properties") is SchemaLocation declared)
        {
            properties.AddRange(Checks.NamedOnce(declared).Select(member => (member.Name, Child(member.Value))));
        }

        List<(TextRule, Claim)> patterns = [];
        if (Find("patternProperties") is SchemaLocation byPattern)
        {
            foreach ((string pattern, SchemaLocation value) in Checks.NamedOnce(byPattern))
            {
                _ = PatternReader.Read(pattern, value);
                patterns.Add((new TextRule(value, pattern, IsFormat: false, Negated: false), Child(value)));
            }
        }

        return new ObjectFacts(properties)
        {
            Patterns = patterns,
            Others = Find("additionalProperties") is SchemaLocation others ? Child(others) : null,
            Required = Find("required") is SchemaLocation required ? Checks.Names(required) : [],
            Min = CountOf("minProperties") ?? 0,
            Max = CountOf("maxProperties") ?? -1,
            NamesClaims = Find("propertyNames") is SchemaLocation names ? [Child(names)] : [],
        };
    }
}
