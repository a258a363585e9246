using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Constraints.Patterns;
using ALoRA.Onnx.Patterns;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Whether a value of <c>enum</c> or <c>const</c> satisfies schemas, by the specification.</summary>
internal sealed class LiteralValidator(SchemaExpansion expansion)
{
    private const int MaxSteps = 5_000_000;
    private readonly Dictionary<string, PatternAutomaton> _patterns = new(StringComparer.Ordinal);
    private int _steps;

    /// <summary>All keywords of a schema.</summary>
    public bool IsValid(SchemaLocation schema, JsonElement value) =>
        expansion.Expand(new Goal([schema])).Any(alternative =>
            alternative.Schemas.All(one => HasOwn(one, value)) && !alternative.Excluded.Any(branch => IsValid(branch, value)));

    /// <summary>The keywords of a schema that are not about other schemas for the same value.</summary>
    /// <exception cref="JsonSchemaException">All literals together need too much work.</exception>
    public bool HasOwn(SchemaLocation schema, JsonElement value)
    {
        if (++_steps > MaxSteps)
        {
            throw schema.Error("there are too many literals under too many schemas to check them all. Use fewer.");
        }

        return (schema.Find("type") is not SchemaLocation type || (JsonTypes.Parse(type) & TypeOf(value)) != JsonType.None)
            && (schema.Find("const") is not SchemaLocation literal || JsonElement.DeepEquals(literal.Element, value))
            && (schema.Find("enum") is not SchemaLocation literals || HasAny(literals, value))
            && value.ValueKind switch
            {
                JsonValueKind.Number =>
                    DecimalNumber.TryParse(value) is DecimalNumber number && new NumberRange().Narrow(schema).Contains(number),
                JsonValueKind.String => HasText(schema, value.GetString()!),
                JsonValueKind.Array => HasItems(schema, value),
                JsonValueKind.Object => HasMembers(schema, value),
                _ => true,
            };
    }

    private static JsonType TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => JsonType.Null,
        JsonValueKind.True or JsonValueKind.False => JsonType.Boolean,
        JsonValueKind.String => JsonType.String,
        JsonValueKind.Array => JsonType.Array,
        JsonValueKind.Object => JsonType.Object,
        _ => DecimalNumber.TryParse(value) is { IsInteger: true } ? JsonType.Integer : JsonType.Fraction,
    };

    private bool HasAny(SchemaLocation literals, JsonElement value)
    {
        foreach (JsonElement literal in literals.Element.EnumerateArray())
        {
            _steps++;
            if (literal.ValueKind == value.ValueKind && JsonElement.DeepEquals(literal, value))
            {
                return true;
            }
        }

        return false;
    }

    private bool HasText(SchemaLocation schema, string text)
    {
        int length = text.EnumerateRunes().Count();
        return (schema.Find("minLength") is not SchemaLocation min || length >= SchemaChecker.Count(min))
            && (schema.Find("maxLength") is not SchemaLocation max || length <= SchemaChecker.Count(max))
            && (schema.Find("pattern") is not SchemaLocation pattern || Matches(pattern, PatternReader.Read, text))
            && (schema.Find("format") is not SchemaLocation format || Matches(format, Formats.PatternOf, text));
    }

    private bool Matches(SchemaLocation place, Func<SchemaLocation, PatternNode> read, string text)
    {
        if (!_patterns.TryGetValue(place.Pointer, out PatternAutomaton? automaton))
        {
            automaton = PatternAutomaton.Build([read(place)], place);
            _patterns.Add(place.Pointer, automaton);
        }

        return automaton.Matches(text.EnumerateRunes().Select((Rune rune) => rune.Value));
    }

    private bool HasItems(SchemaLocation schema, JsonElement value)
    {
        ValueFacts facts = new([schema], open: true);
        int length = value.GetArrayLength();
        return length >= facts.MinItems && (facts.MaxItems < 0 || length <= facts.MaxItems)
            && value.EnumerateArray().Index().All(item => facts.Item(item.Index).Schemas.All(one => IsValid(one, item.Item)));
    }

    private bool HasMembers(SchemaLocation schema, JsonElement value)
    {
        ValueFacts facts = new([schema], open: true);
        return facts.Required.All(name => value.TryGetProperty(name, out _))
            && value.EnumerateObject().All(member => facts.Property(member.Name).Schemas.All(one => IsValid(one, member.Value)));
    }
}
