using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Templating;

/// <summary>Finds the chat template and the special tokens of a checkpoint or model folder.</summary>
internal static class TemplateFolder
{
    private const string TemplateFile = "chat_template.jinja";
    private const string ConfigFile = "tokenizer_config.json";
    private const string AdditionalTokens = "additional_special_tokens";
    private const string NamedFolder = "additional_chat_templates";

    // The largest known templates have some 30 KB, configurations with many added tokens a few MB.
    private const long MaxBytes = 64L << 20;

    private static readonly string[] TokenNames =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>Finds the template; null where a folder has none (of this name).</summary>
    public static Found? Find(string path, string? name)
    {
        if (File.Exists(path))
        {
            return new Found(Read(path), path, new Dictionary<string, string>(), []);
        }

        if (!Directory.Exists(path))
        {
            throw new FileNotFoundException(
                $"{path} is neither a template file nor a folder. Give a checkpoint folder, a model folder or a .jinja file.", path);
        }

        string configPath = Path.Combine(path, ConfigFile);
        JsonObject? config = File.Exists(configPath) ? ReadConfig(configPath) : null;
        string templatePath = name is null or "default"
            ? Path.Combine(path, TemplateFile)
            : Path.Combine(path, NamedFolder, name + ".jinja");
        if (File.Exists(templatePath))
        {
            return new Found(Read(templatePath), templatePath, SpecialTokens(config, configPath), Additional(config, configPath));
        }

        string? text = config is null ? null : FromConfig(config["chat_template"], name, configPath);
        return text is null
            ? null
            : new Found(text, $"{configPath} (chat_template)", SpecialTokens(config, configPath), Additional(config, configPath));
    }

    private static string Read(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > MaxBytes)
        {
            throw new ModelFormatException(
                $"{path} has {length} bytes, more than the {MaxBytes} expected at most. Check that this is the right file.");
        }

        byte[] bytes = File.ReadAllBytes(path);
        try
        {
            ReadOnlySpan<byte> content = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble)
                ? bytes.AsSpan(Encoding.UTF8.Preamble.Length)
                : bytes;
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(content);
        }
        catch (DecoderFallbackException e)
        {
            throw new ModelFormatException($"{path} is not UTF-8 text. Save it as UTF-8.", e);
        }
    }

    private static JsonObject ReadConfig(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(Read(path));
            JsonObject wanted = [];
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new ModelFormatException(
                    $"{path} holds a JSON {document.RootElement.ValueKind}, expected an object. Copy it anew from the checkpoint.");
            }

            // Only what is needed: such files may repeat keys and hold thousands of added tokens.
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.Name is "chat_template" or AdditionalTokens || Array.IndexOf(TokenNames, property.Name) >= 0)
                {
                    wanted[property.Name] = JsonNode.Parse(property.Value.GetRawText());
                }
            }

            return wanted;
        }
        catch (JsonException e)
        {
            throw new ModelFormatException($"{path} is not valid JSON: {e.Message} Copy it anew from the checkpoint.", e);
        }
    }

    private static string? FromConfig(JsonNode? template, string? name, string path)
    {
        switch (template)
        {
            case null:
                return null;
            case JsonValue value when value.TryGetValue(out string? text):
                return name is null or "default" ? text : null;
            case JsonArray list:
                (string? Name, string? Text)[] named = [.. list.Select(entry => (Text(entry, "name"), Text(entry, "template")))];
                if (Array.Exists(named, entry => entry.Name is null || entry.Text is null))
                {
                    break;
                }

                return name is null && named.Length == 1
                    ? named[0].Text
                    : Array.Find(named, entry => entry.Name == (name ?? "default")).Text;
        }

        throw new ModelFormatException(
            $"{path}: chat_template is neither a text nor a list of objects with the texts 'name' and 'template'. Correct the file.");
    }

    private static Dictionary<string, string> SpecialTokens(JsonObject? config, string path)
    {
        Dictionary<string, string> tokens = new(StringComparer.Ordinal);
        foreach (string name in TokenNames)
        {
            if (config?[name] is JsonNode token)
            {
                tokens[name] = TokenText(token, name, path);
            }
        }

        return tokens;
    }

    private static string[] Additional(JsonObject? config, string path) => config?[AdditionalTokens] switch
    {
        null => [],
        JsonArray list => [.. list.Select(token => TokenText(token, AdditionalTokens, path))],
        _ => throw new ModelFormatException($"{path}: {AdditionalTokens} is no list. Correct the file."),
    };

    private static string TokenText(JsonNode? token, string name, string path) =>
        (token is JsonValue value && value.TryGetValue(out string? text) ? text : Text(token, "content"))
        ?? throw new ModelFormatException($"{path}: {name} is neither a text nor an object with the text 'content'. Correct the file.");

    private static string? Text(JsonNode? node, string key) =>
        node is JsonObject json && json[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>A template's text, where it came from, and the special tokens beside it.</summary>
    public sealed record Found(
        string Text, string Source, IReadOnlyDictionary<string, string> SpecialTokens, IReadOnlyList<string> AdditionalSpecialTokens);
}
