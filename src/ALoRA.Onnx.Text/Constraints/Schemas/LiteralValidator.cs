using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Whether a value of <c>enum</c> or <c>const</c> satisfies facts, by the specification.</summary>
internal sealed class LiteralValidator(SchemaExpansion expansion, TextRules texts)
{
    private const int MaxSteps = 5_000_000;
    private int _steps;

    /// <summary>All claims of a goal.</summary>
    public bool IsValid(Goal goal, JsonElement value) =>
        expansion.Expand(goal).Any(alternative => alternative.Facts.All(facts => Holds(facts, value)));

    /// <summary>A name of a member, which is a string.</summary>
    public bool IsValidName(Goal goal, string name) => expansion.Expand(goal).Any(
        alternative => alternative.Facts.All(
            facts => facts.Types.HasFlag(JsonType.String)
                && facts.Refusal is null
                && (facts.Literals is null || facts.Literals.Any(literal => IsText(literal, name)))
                && !facts.NotLiterals.Any(literal => IsText(literal, name))
                && HasText(facts, name)));

    /// <summary>The facts of one schema.</summary>
    /// <exception cref="JsonSchemaException">All literals together need too much work.</exception>
    public bool Holds(Facts facts, JsonElement value)
    {
        if (++_steps > MaxSteps)
        {
            throw new JsonSchemaException(
                facts.Key.TrimStart('!', '~'), "there are too many literals under too many schemas to check them all. Use fewer.");
        }

        return facts.Refusal is null
            && (facts.Types & JsonTypes.Of(value)) != JsonType.None
            && facts.HasLiteral(value, value.ValueKind == JsonValueKind.String ? value.GetString() : null)
            && !HasAny(facts.NotLiterals, value)
            && value.ValueKind switch
            {
                JsonValueKind.Number => HasNumber(facts, value),
                JsonValueKind.String => HasText(facts, value.GetString()!),
                JsonValueKind.Array => facts.Array is null || HasItems(facts.Array, value),
                JsonValueKind.Object => facts.Object is null || HasMembers(facts.Object, value),
                _ => true,
            };
    }

    private bool HasAny(IReadOnlyList<JsonElement> literals, JsonElement value)
    {
        foreach (JsonElement literal in literals)
        {
            _steps++;
            if (literal.ValueKind == value.ValueKind && JsonElement.DeepEquals(literal, value))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsText(JsonElement literal, string text) =>
        literal.ValueKind == JsonValueKind.String && literal.ValueEquals(text);

    private static bool HasNumber(Facts facts, JsonElement value)
    {
        return DecimalNumber.TryParse(value) is DecimalNumber number
            && facts.Range.Contains(number)
            && (!facts.IsStrictInteger || value.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0)
            && facts.Multiples.All(multiple => number.IsMultipleOf(multiple.Divisor) != multiple.Negated);
    }

    private bool HasText(Facts facts, string text)
    {
        int length = text.EnumerateRunes().Count();
        return length >= facts.MinLength
            && (facts.MaxLength < 0 || length <= facts.MaxLength)
            && facts.Texts.All(rule => texts.Holds(rule, text));
    }

    private bool HasItems(ArrayFacts facts, JsonElement value)
    {
        JsonElement[] items = [.. value.EnumerateArray()];
        return items.Length >= facts.Min
            && (facts.Max < 0 || items.Length <= facts.Max)
            && items.Index().All(item => facts.ItemAt(item.Index) is not Claim claim || IsValid(new Goal([claim]), item.Item))
            && facts.Contains.All(contained =>
            {
                int count = items.Skip(contained.From).Count(item => IsValid(new Goal([contained.Claim]), item));
                return count >= contained.Min && (contained.Max < 0 || count <= contained.Max);
            })
            && (facts.Unique is null || AllDiffer(items));
    }

    private static bool AllDiffer(JsonElement[] items) => !items.Index().Any(
        item => items.Skip(item.Index + 1).Any(other => JsonElement.DeepEquals(item.Item, other)));

    private bool HasMembers(ObjectFacts facts, JsonElement value)
    {
        JsonProperty[] members = [.. value.EnumerateObject()];
        return members.Length >= facts.Min
            && (facts.Max < 0 || members.Length <= facts.Max)
            && facts.Required.All(name => value.TryGetProperty(name, out _))
            && (facts.NamesClaims.Count == 0 || members.All(member => IsValidName(new Goal(facts.NamesClaims), member.Name)))
            && members.All(member =>
                IsValid(new Goal(facts.ClaimsOf(member.Name, rule => texts.IsIn(rule, member.Name))), member.Value))
            && facts.Some.All(some => members.Any(
                member => (some.Names is Claim names
                        ? IsValidName(new Goal([names]), member.Name)
                        : some.Of.IsIn(some.Pattern, member.Name, rule => texts.IsIn(rule, member.Name)))
                    && IsValid(new Goal([some.Claim]), member.Value)));
    }
}
