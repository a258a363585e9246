using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>
/// What one schema says itself, without those that it applies to the same value; or what it means that one of its keywords does not hold.
/// </summary>
internal sealed class Facts
{
    private string?[]? _literalTexts;
    private HashSet<string>? _literalSet;

    /// <summary>The same for facts from the same place with the same sign.</summary>
    public required string Key { get; init; }

    public JsonType Types { get; init; } = JsonType.All;

    public bool HasTypes { get; init; }

    /// <summary>Types that keywords say something about.</summary>
    public JsonType About { get; init; }

    /// <summary>Whether whole numbers must be written without a fraction (draft 4).</summary>
    public bool IsStrictInteger { get; init; }

    /// <summary>The only values; null for any.</summary>
    public IReadOnlyList<JsonElement>? Literals { get; init; }

    public IReadOnlyList<JsonElement> NotLiterals { get; init; } = [];

    public NumberRange Range { get; init; } = NumberRange.Open;

    public IReadOnlyList<Multiple> Multiples { get; init; } = [];

    public int MinLength { get; init; }

    /// <summary>-1 is no limit.</summary>
    public int MaxLength { get; init; } = -1;

    public IReadOnlyList<TextRule> Texts { get; init; } = [];

    public ArrayFacts? Array { get; init; }

    public ObjectFacts? Object { get; init; }

    /// <summary>Whether they are about what must not hold, so that members and items do not count as looked at.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Why values with these facts can't be generated; null if they can.</summary>
    public JsonSchemaException? Refusal { get; init; }

    /// <summary>The literals that are strings, and null in place of others; none without literals.</summary>
    public IReadOnlyList<string?> LiteralTexts =>
        _literalTexts ??= [.. (Literals ?? []).Select(one => one.ValueKind == JsonValueKind.String ? one.GetString() : null)];

    /// <summary>Whether a value is one of the literals; true if there are none.</summary>
    /// <param name="value">The value.</param>
    /// <param name="text">The same if it is a string, else null.</param>
    public bool HasLiteral(JsonElement value, string? text) => Literals is null
        || (text is null
            ? Literals.Any(literal => literal.ValueKind == value.ValueKind && JsonElement.DeepEquals(literal, value))
            : (_literalSet ??= new HashSet<string>(LiteralTexts.OfType<string>(), StringComparer.Ordinal)).Contains(text));

    /// <summary>The same where it stands within a negation.</summary>
    public Facts Hidden() => IsHidden
        ? this
        : new Facts
        {
            Key = $"~{Key}",
            Types = Types,
            HasTypes = HasTypes,
            About = About,
            IsStrictInteger = IsStrictInteger,
            Literals = Literals,
            NotLiterals = NotLiterals,
            Range = Range,
            Multiples = Multiples,
            MinLength = MinLength,
            MaxLength = MaxLength,
            Texts = Texts,
            Array = Array,
            Object = Object,
            IsHidden = true,
            Refusal = Refusal,
        };
}

/// <summary>A number that values are, or are not, multiples of.</summary>
internal readonly record struct Multiple(DecimalNumber Divisor, bool Negated, SchemaLocation Place);

/// <summary>A pattern or a format that texts have, or do not have.</summary>
internal readonly record struct TextRule(SchemaLocation Place, string Text, bool IsFormat, bool Negated)
{
    public string Key => $"{(Negated ? "!" : "")}{(IsFormat ? "f" : "p")}{Text}";
}

/// <summary>A number of items from an index on that satisfy a claim; a maximum of -1 is none.</summary>
internal readonly record struct Containing(Claim Claim, int From, int Min, int Max, SchemaLocation Place);

/// <summary>What one schema says about arrays.</summary>
internal sealed class ArrayFacts
{
    public IReadOnlyList<Claim> Prefix { get; init; } = [];

    /// <summary>What items behind the prefix satisfy; null if the schema does not say.</summary>
    public Claim? Rest { get; init; }

    public int Min { get; init; }

    public int Max { get; init; } = -1;

    public IReadOnlyList<Containing> Contains { get; init; } = [];

    /// <summary>Where it is said that no two items are equal; null if it is not.</summary>
    public SchemaLocation? Unique { get; init; }

    public Claim? ItemAt(int index) => index < Prefix.Count ? Prefix[index] : Rest;
}
