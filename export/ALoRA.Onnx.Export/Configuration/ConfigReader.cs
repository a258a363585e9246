using System.Globalization;
using System.Text.Json;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Export.Configuration;

/// <summary>
/// Typed access to one object of <c>config.json</c>. Remembers which keys were read, so that what nobody
/// read can be reported, and collects problems, so that all of them can be reported together. A value of
/// null counts as absent but where an <c>Optional</c> method says otherwise.
/// </summary>
internal sealed class ConfigReader
{
    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _nulls = new(StringComparer.Ordinal);
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly List<ConfigReader> _sections = [];
    private readonly string _prefix;

    public ConfigReader(JsonElement config)
        : this(config, "", [])
    {
    }

    private ConfigReader(JsonElement config, string prefix, List<string> problems)
    {
        _prefix = prefix;
        Problems = problems;
        foreach (JsonProperty property in config.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Null)
            {
                _nulls.Add(property.Name);
            }
            else
            {
                _values[property.Name] = property.Value;
            }
        }
    }

    /// <summary>One sentence for each key that is missing, of another kind, or of a value that the graph cannot honour.</summary>
    public List<string> Problems { get; }

    /// <summary>Keys with a value that were not read, with the path of the object they stand in.</summary>
    public IEnumerable<string> Unread =>
        _values.Keys.Where(key => !_read.Contains(key))
            .Select(key => _prefix + key)
            .Concat(_sections.SelectMany(section => section.Unread));

    /// <summary>Whether the key has a value; asking does not count as reading.</summary>
    public bool Has(string key) => _values.ContainsKey(key);

    /// <summary>Whether the key is there and its value is null, which Transformers takes for "none" rather than for its default.</summary>
    public bool IsNull(string key) => _nulls.Contains(key);

    /// <summary>A whole number above 0; null where the value is null, <paramref name="fallback"/> where there is no key.</summary>
    public int? OptionalCount(string key, int? fallback) => Has(key) ? Count(key) : IsNull(key) ? null : fallback;

    /// <summary>A number other than 0; null where the value is null or 0, <paramref name="fallback"/> where there is no key.</summary>
    public float? OptionalSingle(string key, float? fallback) =>
        !Has(key) ? IsNull(key) ? null : fallback : Single(key) is not 0 and { } value ? value : null;

    /// <summary>
    /// A whole number from 1 to <paramref name="most"/>; the bound keeps a damaged file from asking for any amount of memory.
    /// </summary>
    public int Count(string key, int? fallback = null, int most = 1 << 24)
    {
        if (!TryRead(key, out JsonElement value))
        {
            return fallback ?? Missing(key, 1);
        }

        return value.TryInt(1, most, out int number)
            ? number
            : Wrong(key, string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {most}"), value, 1);
    }

    /// <summary>A whole number from 0 on.</summary>
    public int Whole(string key, int fallback)
    {
        if (!TryRead(key, out JsonElement value))
        {
            return fallback;
        }

        return value.TryInt(0, int.MaxValue, out int number)
            ? number
            : Wrong(key, "a whole number from 0 on", value, fallback);
    }

    public float Single(string key, float? fallback = null) => (float)Double(key, fallback);

    public double Double(string key, double? fallback = null)
    {
        if (!TryRead(key, out JsonElement value))
        {
            return fallback ?? Missing(key, 1.0);
        }

        return value.TryFinite(out double number) && float.IsFinite((float)number)
            ? number
            : Wrong(key, "a number", value, 1.0);
    }

    public bool Boolean(string key, bool fallback)
    {
        if (!TryRead(key, out JsonElement value))
        {
            return fallback;
        }

        return value.TryFlag(out bool flag) ? flag : Wrong(key, "true or false", value, fallback);
    }

    public string Text(string key, string fallback)
    {
        if (!TryRead(key, out JsonElement value))
        {
            return fallback;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString()! : Wrong(key, "a text", value, fallback);
    }

    /// <summary>A number or a list of numbers; empty where absent.</summary>
    public IReadOnlyList<int> OneOrMore(string key)
    {
        if (!TryRead(key, out JsonElement value))
        {
            return [];
        }

        IReadOnlyList<JsonElement> items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        return items.All(item => item.TryInt(int.MinValue, int.MaxValue, out _))
            ? [.. items.Select(item => item.GetInt32())]
            : Wrong<IReadOnlyList<int>>(key, "a whole number or a list of them", value, []);
    }

    /// <summary>A list of numbers; empty where absent.</summary>
    public IReadOnlyList<double> Doubles(string key) =>
        List(key, "a list of numbers", item => item.TryFinite(out _), item => item.GetDouble());

    /// <summary>A list of texts; empty where absent.</summary>
    public IReadOnlyList<string> Texts(string key) =>
        List(key, "a list of texts", item => item.ValueKind == JsonValueKind.String, item => item.GetString()!);

    /// <summary>The nested object under the key, or null where absent.</summary>
    public ConfigReader? Section(string key)
    {
        if (!TryRead(key, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            return Wrong<ConfigReader?>(key, "an object", value, null);
        }

        ConfigReader section = new(value, $"{_prefix}{key}.", Problems);
        _sections.Add(section);
        return section;
    }

    /// <summary>Notes that a key has a value that the graph cannot honour.</summary>
    public void Refuse(string key, string expected)
    {
        string got = _values.TryGetValue(key, out JsonElement value) ? value.GetRawText() : "nothing";
        Problems.Add($"'{_prefix}{key}': expected {expected}, got {got}.");
    }

    /// <summary>Whether the value equals the text of a JSON literal, as in <c>false</c> or <c>1</c>; counts as reading.</summary>
    public bool Is(string key, string literal) => TryRead(key, out JsonElement value) && value.GetRawText() == literal;

    private IReadOnlyList<T> List<T>(string key, string expected, Func<JsonElement, bool> accepts, Func<JsonElement, T> convert)
    {
        if (!TryRead(key, out JsonElement value))
        {
            return [];
        }

        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(accepts)
            ? [.. value.EnumerateArray().Select(convert)]
            : Wrong<IReadOnlyList<T>>(key, expected, value, []);
    }

    private bool TryRead(string key, out JsonElement value)
    {
        _read.Add(key);
        return _values.TryGetValue(key, out value);
    }

    private T Missing<T>(string key, T placeholder)
    {
        Problems.Add($"'{_prefix}{key}': expected a number, got nothing.");
        return placeholder;
    }

    private T Wrong<T>(string key, string expected, JsonElement value, T placeholder)
    {
        Problems.Add($"'{_prefix}{key}': expected {expected}, got {value.Shown(80)}.");
        return placeholder;
    }
}
