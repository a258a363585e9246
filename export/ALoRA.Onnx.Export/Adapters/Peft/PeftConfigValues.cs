using System.Text.Json;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Export.Adapters.Peft;

/// <summary>
/// Typed access to the members of a PEFT configuration, each of which is taken once; what is left at the end nobody understood.
/// </summary>
internal sealed class PeftConfigValues
{
    private readonly string _path;
    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);

    public PeftConfigValues(string path, JsonElement root)
    {
        _path = path;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new CheckpointFormatException($"{path}: expected a JSON object, got {Describe(root)}. Copy the adapter's folder again.");
        }

        foreach (JsonProperty property in root.EnumerateObject())
        {
            _values[property.Name] = property.Value;
        }
    }

    /// <summary>Keys that were not taken.</summary>
    public IReadOnlyCollection<string> Remaining => _values.Keys;

    /// <summary>The value, taken out; null where the key is missing or JSON null.</summary>
    public JsonElement? Take(string key) =>
        _values.Remove(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A switch; missing and null are off.</summary>
    public bool TakeFlag(string key) =>
        Take(key) is { } value && (value.TryFlag(out bool flag) ? flag : throw Error(key, "true or false", Describe(value)));

    /// <summary>A text; null where missing or null.</summary>
    public string? TakeText(string key) => Take(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        JsonElement other => throw Error(key, "a text", Describe(other)),
    };

    /// <summary>A list of texts or a single text; null where missing or null.</summary>
    public ModuleNames? TakeNames(string key) => Take(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } pattern => new ModuleNames(null, pattern.GetString()),
        { ValueKind: JsonValueKind.Array } list => new ModuleNames(
            [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String
                ? item.GetString()!
                : throw Error(key, "a list of module names", $"the element {Describe(item)}"))],
            null),
        JsonElement other => throw Error(key, "a list of module names or a regular expression", Describe(other)),
    };

    /// <summary>A list of whole numbers or a single one; null where missing or null.</summary>
    public IReadOnlyList<int>? TakeIntegers(string key, string expected) => Take(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(item => Integer(key, item, expected))],
        JsonElement single => [Integer(key, single, expected)],
    };

    /// <summary>An object in the order of the file; empty where missing or null.</summary>
    public IReadOnlyList<KeyValuePair<string, T>> TakePairs<T>(string key, Func<string, JsonElement, T> read) => Take(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Object } pairs =>
            [.. pairs.EnumerateObject().Select(pair => KeyValuePair.Create(pair.Name, read($"{key}.{pair.Name}", pair.Value)))],
        JsonElement other => throw Error(key, "an object from module patterns to numbers", Describe(other)),
    };

    public CheckpointFormatException Error(
        string key, string expected, string got, string next = "Correct the file or save the adapter again with PEFT") =>
        new($"{_path}: '{key}': expected {expected}, got {got}. {next}.");

    /// <summary>True for values with which PEFT code treats an option as off.</summary>
    public static bool IsOff(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.GetPropertyCount() == 0,
        JsonValueKind.String => value.ValueEquals(""),
        _ => false,
    };

    /// <summary>The value as it stands in the file, cut to a length that fits a message.</summary>
    public static string Describe(JsonElement value) => JsonValues.Cut(value.GetRawText().ReplaceLineEndings(" "), 80);

    private int Integer(string key, JsonElement value, string expected) =>
        value.TryInt(0, int.MaxValue, out int number) ? number : throw Error(key, expected, Describe(value));
}
