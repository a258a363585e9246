using System.Globalization;
using System.Text.Json;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Files;

/// <summary>
/// What stands beside a <c>tokenizer.json</c>: special tokens by name and tokens that are added, from <c>tokenizer_config.json</c>,
/// <c>special_tokens_map.json</c> and <c>added_tokens.json</c>, each where Transformers reads it. Immutable.
/// </summary>
/// <remarks>
/// The two old files count only where <c>tokenizer_config.json</c> has no <c>added_tokens_decoder</c>, and then
/// <c>special_tokens_map.json</c> stands above it.
/// </remarks>
internal sealed class TokenizerSettings
{
    public const string ConfigFile = "tokenizer_config.json";
    private const string MapFile = "special_tokens_map.json";
    private const string AddedFile = "added_tokens.json";
    private const string DecoderKey = "added_tokens_decoder";
    private const string AdditionalKey = "additional_special_tokens";
    private const string ExtraKey = "extra_special_tokens";
    private const string TemplateKey = "chat_template";

    // In the order in which Transformers adds them.
    private static readonly string[] TokenNames =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly Dictionary<string, DeclaredToken> _named = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, DeclaredToken> _added = [];
    private List<DeclaredToken>? _extra;
    private List<DeclaredToken>? _additional;

    private TokenizerSettings(string folder)
    {
        string config = Path.Combine(folder, ConfigFile);
        if (File.Exists(config))
        {
            ReadConfig(Root(config), config);
        }

        if (!HasDecoder)
        {
            ReadOlderFiles(Path.Combine(folder, MapFile), Path.Combine(folder, AddedFile));
        }
    }

    /// <summary>The special tokens that have a name, such as <c>bos_token</c>, in the order in which they are added.</summary>
    public IEnumerable<(string Name, DeclaredToken Token)> Named => TokenNames.Where(_named.ContainsKey)
        .Concat(_named.Keys.Except(TokenNames))
        .Select(name => (name, _named[name]));

    /// <summary>Special tokens without a name.</summary>
    public IReadOnlyList<DeclaredToken> Extra => _extra ?? _additional ?? [];

    /// <summary>Tokens by the id that a file gives them.</summary>
    public IReadOnlyDictionary<int, DeclaredToken> Added => _added;

    /// <summary>Whether <c>tokenizer_config.json</c> says itself which tokens are added.</summary>
    public bool HasDecoder { get; private set; }

    /// <summary>The <c>chat_template</c> of <c>tokenizer_config.json</c>; undefined where there is none.</summary>
    public JsonElement ChatTemplate { get; private set; }

    /// <summary>Reads the files of a folder, as far as they are there.</summary>
    /// <exception cref="ModelFormatException">A file is malformed.</exception>
    public static TokenizerSettings Read(string folder) => new(folder);

    private void ReadConfig(JsonElement config, string path)
    {
        // Such files may repeat keys: the last one counts, as in Python.
        foreach (JsonProperty property in Properties(config, path))
        {
            JsonElement value = property.Value;
            switch (property.Name)
            {
                case TemplateKey:
                    ChatTemplate = value.Clone();
                    break;
                case DecoderKey when value.ValueKind != JsonValueKind.Null:
                    ReadDecoder(value, path);
                    break;
                default:
                    ReadToken(property.Name, value, path);
                    break;
            }
        }
    }

    private void ReadToken(string name, JsonElement value, string path)
    {
        bool isNull = value.ValueKind == JsonValueKind.Null;
        if (name == AdditionalKey)
        {
            _additional = isNull ? null : List(value, name, path);
        }
        else if (name == ExtraKey && value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty token in Properties(value, path))
            {
                _named[token.Name] = Token(token.Value, token.Name, path);
            }
        }
        else if (name == ExtraKey)
        {
            _extra = isNull ? null : List(value, name, path);
        }
        else if (Array.IndexOf(TokenNames, name) < 0)
        {
            // A model's own, such as image_token.
            if (name.EndsWith("_token", StringComparison.Ordinal) && value.ValueKind == JsonValueKind.String)
            {
                _named[name] = Token(value, name, path);
            }
        }
        else if (isNull)
        {
            _named.Remove(name);
        }
        else
        {
            _named[name] = Token(value, name, path);
        }
    }

    private void ReadDecoder(JsonElement decoder, string path)
    {
        HasDecoder = true;
        _added.Clear();
        foreach (JsonProperty entry in Properties(decoder, path, DecoderKey))
        {
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                throw new ModelFormatException(
                    $"{path}: {DecoderKey} has the key '{JsonValues.Cut(entry.Name, 40)}', expected a token's id. Correct the file.");
            }

            if (entry.Value.ValueKind != JsonValueKind.Object)
            {
                throw new ModelFormatException(
                    $"{path}: {DecoderKey}.{id} is {entry.Value.Shown(60)}, expected an object with the text 'content'. Correct the file.");
            }

            _added[id] = Token(entry.Value, $"{DecoderKey}.{id}", path, isSpecial: false);
        }
    }

    private void ReadOlderFiles(string map, string added)
    {
        if (File.Exists(map))
        {
            foreach (JsonProperty property in Properties(Root(map), map))
            {
                ReadToken(property.Name, property.Value, map);
            }
        }

        if (!File.Exists(added))
        {
            return;
        }

        HashSet<string> special = [.. Named.Select(entry => entry.Token.Content), .. Extra.Select(token => token.Content)];
        foreach (JsonProperty entry in Properties(Root(added), added))
        {
            if (!entry.Value.TryInt(0, int.MaxValue - 1, out int id))
            {
                throw new ModelFormatException(
                    $"{added}: the token '{JsonValues.Cut(entry.Name, 40)}' has the id {entry.Value.Shown(60)}, expected a whole number "
                    + "from 0 to 2147483646. Correct the file.");
            }

            bool isSpecial = special.Contains(entry.Name);
            _added[id] = new DeclaredToken(entry.Name, false, false, false, Normalized: !isSpecial, isSpecial);
        }
    }

    private static List<DeclaredToken> List(JsonElement list, string name, string path) => list.ValueKind == JsonValueKind.Array
        ? [.. list.EnumerateArray().Select(token => Token(token, name, path))]
        : throw new ModelFormatException($"{path}: {name} is no list. Correct the file.");

    private static DeclaredToken Token(JsonElement token, string name, string path, bool isSpecial = true)
    {
        if (token.ValueKind == JsonValueKind.String && token.TryUnicode(out string text))
        {
            return DeclaredToken.OfText(text);
        }

        if (token.ValueKind != JsonValueKind.Object
            || !token.TryGetProperty("content", out JsonElement content)
            || content.ValueKind != JsonValueKind.String
            || !content.TryUnicode(out text))
        {
            throw new ModelFormatException(
                $"{path}: {name} is neither a text nor an object with the text 'content'. Correct the file.");
        }

        // A special token that has a name is special, whatever else its entry says.
        bool special = isSpecial || Flag(token, "special", absent: false, name, path);
        return new DeclaredToken(
            text,
            Flag(token, "single_word", absent: false, name, path),
            Flag(token, "lstrip", absent: false, name, path),
            Flag(token, "rstrip", absent: false, name, path),
            Flag(token, "normalized", absent: !special, name, path),
            special);
    }

    private static bool Flag(JsonElement token, string key, bool absent, string name, string path) =>
        !token.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? absent
        : value.TryFlag(out bool flag) ? flag
        : throw new ModelFormatException($"{path}: {name}.{key} is {value.Shown(60)}, expected true or false. Correct the file.");

    private static JsonElement Root(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(TextFile.Read(path));
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new ModelFormatException($"{path} is not valid JSON: {e.Message} Copy it anew from the checkpoint.", e);
        }
    }

    private static List<JsonProperty> Properties(JsonElement json, string path, string? key = null)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new ModelFormatException(
                $"{path}{(key is null ? "" : $": {key}")} holds a JSON {json.ValueKind}, expected an object. Copy it anew from the "
                + "checkpoint.");
        }

        try
        {
            List<JsonProperty> properties = [.. json.EnumerateObject()];
            _ = properties.TrueForAll(property => property.Name.Length >= 0);
            return properties;
        }
        catch (InvalidOperationException e)
        {
            throw new ModelFormatException($"{path}: a name is not valid Unicode text. Copy the file anew from the checkpoint.", e);
        }
    }
}
