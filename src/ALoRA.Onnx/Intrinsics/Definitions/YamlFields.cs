using System.Text.Json.Nodes;
using ALoRA.Onnx.Intrinsics.Definitions.Yaml;

namespace ALoRA.Onnx.Intrinsics.Definitions;

/// <summary>
/// A mapping of a definition, read key by key; every miss is a <see cref="ModelFormatException"/> that names file, line and key.
/// </summary>
internal sealed class YamlFields
{
    private readonly string _source;
    private readonly string _path;
    private readonly Dictionary<string, YamlNode> _fields = new(StringComparer.Ordinal);

    /// <summary>Opens a mapping whose keys are among the known ones.</summary>
    /// <param name="source">The file, for messages.</param>
    /// <param name="path">How the mapping is called in messages; empty for the whole file.</param>
    /// <param name="node">The mapping.</param>
    /// <param name="known">All keys that it may have.</param>
    public YamlFields(string source, string path, YamlNode node, params IReadOnlyList<string> known)
    {
        (_source, _path, Node) = (source, path, node);
        foreach ((string key, YamlNode value) in Entries(path.Length == 0 ? "the file" : $"'{path}'", node))
        {
            _fields[key] = known.Contains(key, StringComparer.Ordinal)
                ? value
                : throw new ModelFormatException(
                    $"{source}, line {KeyLine(node, key)}: unknown key '{Cut(Join(key))}'. Known are {string.Join(", ", known)}.");
        }
    }

    public YamlNode Node { get; }

    /// <summary>A key that must be there; its value may be null.</summary>
    public YamlNode Required(string key) => _fields.TryGetValue(key, out YamlNode? value)
        ? value
        : throw new ModelFormatException($"{_source}, line {Node.Line}: the key '{Join(key)}' is missing.");

    /// <summary>A value, or null where the key is absent or null.</summary>
    public YamlNode? Optional(string key) =>
        _fields.GetValueOrDefault(key) is { } node && node is not YamlScalar { Value: null } ? node : null;

    /// <summary>A text that must be there.</summary>
    public string Text(string key) => TextOf(Join(key), Required(key));

    /// <summary>A text, or null where the key is absent or null.</summary>
    public string? OptionalText(string key) => Optional(key) is { } node ? TextOf(Join(key), node) : null;

    /// <summary>A truth value, false where the key is absent or null.</summary>
    public bool Flag(string key) => Optional(key) switch
    {
        null => false,
        YamlScalar { Value: bool flag } => flag,
        { } node => throw Wrong(Join(key), node, "true, false or null"),
    };

    /// <summary>A list of texts that must be there.</summary>
    public IReadOnlyList<string> Texts(string key) => [.. Items(key).Select((item, i) => TextOf($"{Join(key)}[{i}]", item))];

    /// <summary>A list that must be there.</summary>
    public IReadOnlyList<YamlNode> Items(string key) =>
        Required(key) is YamlSequence list ? list.Items : throw Wrong(Join(key), Required(key), "a list");

    /// <summary>The entries of a mapping with text keys that must be there.</summary>
    public IEnumerable<(string Key, YamlNode Value)> Entries(string key) => Entries($"'{Join(key)}'", Required(key));

    /// <summary>The text of a node.</summary>
    public string TextOf(string name, YamlNode node) =>
        node is YamlScalar { Value: string text } ? text : throw Wrong(name, node, "a text");

    /// <summary>A node as JSON.</summary>
    public JsonNode? Json(string name, YamlNode node) => node switch
    {
        YamlScalar { Value: double number } when !double.IsFinite(number) => throw Wrong(name, node, "a finite number"),
        YamlScalar scalar => PythonJson.ToNode(scalar.Value),
        YamlSequence list => new JsonArray([.. list.Items.Select((item, i) => Json($"{name}[{i}]", item))]),
        _ => JsonObject(name, node),
    };

    /// <summary>A mapping as JSON.</summary>
    public JsonObject JsonObject(string name, YamlNode node)
    {
        JsonObject json = [];
        foreach ((string key, YamlNode value) in Entries($"'{name}'", node))
        {
            json[key] = Json($"{name}.{key}", value);
        }

        return json;
    }

    /// <summary>The exception for a key whose value is not what was expected.</summary>
    public ModelFormatException Wrong(string name, YamlNode node, string expected) =>
        new($"{_source}, line {node.Line}: '{name}' should be {expected}, but is {node.Description}.");

    /// <summary>How a key is called in messages.</summary>
    public string Join(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    private IEnumerable<(string Key, YamlNode Value)> Entries(string name, YamlNode node)
    {
        YamlMapping mapping = node as YamlMapping
            ?? throw new ModelFormatException($"{_source}, line {node.Line}: {name} should be a mapping, but is {node.Description}.");
        return mapping.Entries.Select(entry => entry.Key is YamlScalar { Value: string key }
            ? (key, entry.Value)
            : throw new ModelFormatException(
                $"{_source}, line {entry.Key.Line}: the key {entry.Key.Description} in {name} should be a text. Put it in quotes."));
    }

    private static string Cut(string key) => key.Length <= 100 ? key : $"{key[..100]}…";

    private static long KeyLine(YamlNode node, string key) =>
        ((YamlMapping)node).Entries.First(entry => entry.Key is YamlScalar { Value: string text } && text == key).Key.Line;
}
