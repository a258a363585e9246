using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>What the facts of one alternative together say about one value.</summary>
internal sealed class ValueFacts
{
    private readonly IReadOnlyList<Facts> _facts;

    /// <param name="facts">Facts that all hold.</param>
    /// <param name="open">Whether what is not named may be there.</param>
    public ValueFacts(IReadOnlyList<Facts> facts, bool open)
    {
        _facts = facts;
        IsOpen = open;
        Types = JsonType.All;
        JsonType about = JsonType.None;
        foreach (Facts one in facts)
        {
            Types &= one.Types;
            about |= one.About;
            HasTypes |= one.HasTypes;
            Literals ??= one.Literals;
            IsStrictInteger |= one.IsStrictInteger;
            Range = Range.And(one.Range);
            MinLength = Math.Max(MinLength, one.MinLength);
            MaxLength = Least(MaxLength, one.MaxLength);
        }

        if (!open && !HasTypes && about != JsonType.None)
        {
            Types = about;
        }

        Arrays = [.. facts.Select(one => one.Array).OfType<ArrayFacts>()];
        Objects = [.. facts.Select(one => one.Object).OfType<ObjectFacts>()];
    }

    /// <summary>Whether members and items may be there that are not named, and values of types that no keyword is about.</summary>
    public bool IsOpen { get; }

    public bool HasTypes { get; }

    /// <summary>
    /// Types to generate: the declared ones; if none are declared and the schema is not open, those that the keywords are about.
    /// </summary>
    public JsonType Types { get; }

    /// <summary>The first list of literals, or null: then any value of the types.</summary>
    public IReadOnlyList<JsonElement>? Literals { get; }

    public IEnumerable<JsonElement> NotLiterals => _facts.SelectMany(facts => facts.NotLiterals);

    /// <summary>Whether whole numbers must be written without a fraction.</summary>
    public bool IsStrictInteger { get; }

    public NumberRange Range { get; } = NumberRange.Open;

    public IEnumerable<Multiple> Multiples => _facts.SelectMany(facts => facts.Multiples);

    public int MinLength { get; }

    /// <summary>-1 is no limit.</summary>
    public int MaxLength { get; } = -1;

    public IEnumerable<TextRule> Texts => _facts.SelectMany(facts => facts.Texts);

    public IReadOnlyList<ArrayFacts> Arrays { get; }

    public IReadOnlyList<ObjectFacts> Objects { get; }

    public int MinItems => Arrays.Select(array => array.Min).Append(0).Max();

    /// <summary>-1 is no limit.</summary>
    public int MaxItems => Arrays.Aggregate(-1, (max, array) => Least(max, array.Max));

    /// <summary>Number of items that have schemas of their own.</summary>
    public int PrefixLength => Arrays.Select(array => array.Prefix.Count).Append(0).Max();

    public IEnumerable<Containing> Contains => Arrays.SelectMany(array => array.Contains);

    public SchemaLocation? Unique => Arrays.Select(array => array.Unique).FirstOrDefault(unique => unique is not null);

    /// <summary>Whether arrays with more items than the prefix are generated.</summary>
    public bool HasOtherItems =>
        IsOpen || PrefixLength == 0 || MinItems > PrefixLength || Arrays.Any(array => array.Rest is not null);

    /// <summary>What the item at an index must satisfy; <see cref="PrefixLength"/> and above are the same.</summary>
    public IEnumerable<Claim> Item(int index) => Arrays.Select(array => array.ItemAt(index)).OfType<Claim>();

    private static int Least(int max, int other) => max < 0 ? other : other < 0 ? max : Math.Min(max, other);
}
