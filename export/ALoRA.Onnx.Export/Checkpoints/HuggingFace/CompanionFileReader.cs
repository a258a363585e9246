using System.Text;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.HuggingFace;

/// <summary>Reads the files beside the weights that a model folder takes over.</summary>
internal static class CompanionFileReader
{
    public const string Tokenizer = "tokenizer.json";
    public const string TokenizerConfig = "tokenizer_config.json";
    public const string ChatTemplate = "chat_template.jinja";
    public const string GenerationConfig = "generation_config.json";
    private const string SpecialTokens = "special_tokens_map.json";
    private const string AddedTokens = "added_tokens.json";
    private const string NamedTemplates = "additional_chat_templates";
    private const string Default = "default";
    private const int MaxNameLength = 100;

    public static Dictionary<string, ReadOnlyMemory<byte>> Read(string folder)
    {
        Dictionary<string, ReadOnlyMemory<byte>> files = new(StringComparer.Ordinal);
        foreach (string name in
            (string[])[Tokenizer, TokenizerConfig, SpecialTokens, AddedTokens, ChatTemplate, GenerationConfig, .. TemplatesOf(folder)])
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path))
            {
                files.Add(name, File.ReadAllBytes(path));
            }
        }

        // Older checkpoints keep the templates inside tokenizer_config.json; where there are files, Transformers reads those alone.
        if (!HasTemplate(files) && files.TryGetValue(TokenizerConfig, out ReadOnlyMemory<byte> tokenizerConfig))
        {
            string path = Path.Combine(folder, TokenizerConfig);
            foreach ((string name, string template) in TemplatesIn(JsonFiles.ParseObject(tokenizerConfig.Span, path)))
            {
                files[FileOf(name, path)] = Encoding.UTF8.GetBytes(template);
            }
        }

        return files;
    }

    /// <summary>Whether a chat template is among files.</summary>
    public static bool HasTemplate(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files) =>
        files.Keys.Any(name => name == ChatTemplate || name.StartsWith($"{NamedTemplates}/", StringComparison.Ordinal));

    /// <summary>The file that holds a template, as Transformers lays it down.</summary>
    /// <param name="name">The template's name, such as <c>tool_use</c>.</param>
    /// <param name="source">Where the name was read, for messages.</param>
    /// <exception cref="CheckpointFormatException">The name can't be that of a file.</exception>
    public static string FileOf(string name, string source)
    {
        if (name == Default)
        {
            return ChatTemplate;
        }

        // A name is whatever the file says, and must not lead out of the folder.
        bool isSafe = name.Length is > 0 and <= MaxNameLength
            && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or '.' or ' ')
            && name[0] is not ('.' or ' ');
        return isSafe
            ? $"{NamedTemplates}/{name}.jinja"
            : throw new CheckpointFormatException(
                $"{source}: the chat template '{(name.Length <= 40 ? name : name[..40] + "…")}' has a name that no file can have; expected "
                + "ASCII letters, digits, '_', '-' and '.'. Rename it there.");
    }

    private static IEnumerable<string> TemplatesOf(string folder)
    {
        string named = Path.Combine(folder, NamedTemplates);
        return Directory.Exists(named)
            ? Directory.EnumerateFiles(named, "*.jinja")
                .Select(file => $"{NamedTemplates}/{Path.GetFileName(file)}")
                .Order(StringComparer.Ordinal)
            : [];
    }

    private static IEnumerable<(string Name, string Template)> TemplatesIn(JsonObject tokenizerConfig) =>
        tokenizerConfig["chat_template"] switch
        {
            JsonArray named => named.OfType<JsonObject>()
                .Select(entry => (Name: Text(entry["name"]), Template: Text(entry["template"])))
                .Where(entry => entry.Name is not null && entry.Template is not null)
                .Select(entry => (entry.Name!, entry.Template!)),
            JsonNode single when Text(single) is { } template => [(Default, template)],
            _ => [],
        };

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
