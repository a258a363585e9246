using System.Text.Json;
using ALoRA.Onnx.Constraints.Patterns;
using ALoRA.Onnx.Patterns;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>What several schemas together say about one value, keyword by keyword.</summary>
internal sealed class ValueFacts
{
    private static readonly Goal Everything = new([]);
    private readonly IReadOnlyList<SchemaLocation> _schemas;
    private readonly bool _open;

    /// <param name="schemas">Schemas whose own keywords all hold.</param>
    /// <param name="open">Whether what is not named may be there.</param>
    public ValueFacts(IReadOnlyList<SchemaLocation> schemas, bool open)
    {
        _schemas = schemas;
        _open = open;
        DeclaredTypes = JsonType.All;
        foreach (SchemaLocation type in Each("type"))
        {
            DeclaredTypes &= JsonTypes.Parse(type);
            HasDeclaredType = true;
        }

        Required = [.. Each("required")
            .SelectMany(list => list.Element.EnumerateArray())
            .Select(name => name.GetString()!)
            .Distinct(StringComparer.Ordinal)];
        Names = [.. Each("properties")
            .SelectMany(list => list.Members())
            .Select(member => member.Name)
            .Union(Required, StringComparer.Ordinal)];
    }

    public bool HasDeclaredType { get; }

    /// <summary>Types that every <c>type</c> allows.</summary>
    public JsonType DeclaredTypes { get; }

    /// <summary>Types to generate: the declared ones, else those that the keywords are about, else all.</summary>
    public JsonType Types
    {
        get
        {
            JsonType about = _schemas.SelectMany(schema => schema.Members())
                .Aggregate(JsonType.None, (types, member) => types | JsonTypes.Of(member.Name));
            return HasDeclaredType || about == JsonType.None ? DeclaredTypes : about;
        }
    }

    /// <summary>The first list of literals, or null: then any value of the types.</summary>
    public IReadOnlyList<JsonElement>? Literals =>
        Each("const").Select(value => (IReadOnlyList<JsonElement>)[value.Element])
            .Concat(Each("enum").Select(list => (IReadOnlyList<JsonElement>)[.. list.Element.EnumerateArray()]))
            .FirstOrDefault();

    public NumberRange Range => _schemas.Aggregate(new NumberRange(), (range, schema) => range.Narrow(schema));

    public int MinLength => Each("minLength").Select(SchemaChecker.Count).Append(0).Max();

    /// <summary>-1 is no limit.</summary>
    public int MaxLength => Each("maxLength").Select(SchemaChecker.Count).DefaultIfEmpty(-1).Min();

    public int MinItems => Each("minItems").Select(SchemaChecker.Count).Append(0).Max();

    /// <summary>-1 is no limit.</summary>
    public int MaxItems => Each("maxItems").Select(SchemaChecker.Count).DefaultIfEmpty(-1).Min();

    /// <summary>Patterns that a string must contain, each with its place.</summary>
    public IEnumerable<(SchemaLocation Place, PatternNode Pattern)> Patterns =>
        Each("pattern")
            .Select(pattern => (pattern, PatternReader.Read(pattern)))
            .Concat(Each("format").Select(format => (format, Formats.PatternOf(format))));

    /// <summary>Names of required properties.</summary>
    public IReadOnlyList<string> Required { get; }

    /// <summary>Names of declared properties in their order, and behind them those that are only required.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether objects with other properties than the named ones are generated.</summary>
    public bool HasOtherProperties => Each("additionalProperties").Any() || _open || Names.Count == 0;

    /// <summary>What a property's value must satisfy.</summary>
    public Goal Property(string name)
    {
        List<SchemaLocation> schemas = [];
        foreach (SchemaLocation schema in _schemas)
        {
            SchemaLocation? declared = schema.Find("properties")?.Find(name) ?? schema.Find("additionalProperties");
            if (declared is SchemaLocation found)
            {
                schemas.Add(found);
            }
        }

        return new Goal(schemas);
    }

    /// <summary>What the values of properties that have no name in the schema must satisfy.</summary>
    public Goal OtherProperties => new(Each("additionalProperties"));

    /// <summary>Number of items that have schemas of their own.</summary>
    public int PrefixLength => Each("prefixItems").Select(list => list.Element.GetArrayLength()).DefaultIfEmpty(0).Max();

    /// <summary>Whether arrays with more items than the prefix are generated.</summary>
    public bool HasOtherItems => Each("items").Any() || _open || PrefixLength == 0 || MinItems > PrefixLength;

    /// <summary>What the item at an index must satisfy; <see cref="PrefixLength"/> and above are the same.</summary>
    public Goal Item(int index)
    {
        List<SchemaLocation> schemas = [];
        foreach (SchemaLocation schema in _schemas)
        {
            SchemaLocation? prefix = schema.Find("prefixItems");
            SchemaLocation? found = prefix is SchemaLocation list && index < list.Element.GetArrayLength()
                ? list.Child(index)
                : schema.Find("items");
            if (found is SchemaLocation item)
            {
                schemas.Add(item);
            }
        }

        return schemas.Count == 0 ? Everything : new Goal(schemas);
    }

    private IEnumerable<SchemaLocation> Each(string keyword) =>
        _schemas.Select(schema => schema.Find(keyword)).Where(found => found is not null).Select(found => found!.Value);
}
