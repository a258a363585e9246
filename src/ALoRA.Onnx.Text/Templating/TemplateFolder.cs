using System.Text.Json;
using ALoRA.Onnx.Files;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Templating;

/// <summary>Finds the chat templates and the special tokens of a checkpoint or model folder.</summary>
internal static class TemplateFolder
{
    private const string TemplateFile = "chat_template.jinja";
    private const string NamedFolder = "additional_chat_templates";
    private const string Default = "default";
    private const string ToolUse = "tool_use";

    /// <summary>Finds the template; null where a folder has none (of this name).</summary>
    public static Found? Find(string path, string? name)
    {
        if (File.Exists(path))
        {
            return Found.Alone(TextFile.Read(path), path);
        }

        if (!Directory.Exists(path))
        {
            throw new FileNotFoundException(
                $"{path} is neither a template file nor a folder. Give a checkpoint folder, a model folder or a .jinja file.", path);
        }

        TokenizerSettings settings = TokenizerSettings.Read(path);
        Dictionary<string, Named> templates = Templates(path, settings);
        Named? chosen = templates.GetValueOrDefault(name ?? Default);
        if (name is null && chosen is null && templates.Count == 1)
        {
            chosen = templates.Values.Single();
        }

        return chosen is null
            ? null
            : new Found(
                chosen.Text(),
                chosen.Source,
                settings.Named.ToDictionary(entry => entry.Name, entry => entry.Token.Content, StringComparer.Ordinal),
                [.. settings.Extra.Select(token => token.Content)])
            {
                WithTools = name is null && templates.TryGetValue(ToolUse, out Named? tools) && tools != chosen ? tools : null,
            };
    }

    // As in Transformers, files stand above all that tokenizer_config.json holds.
    private static Dictionary<string, Named> Templates(string folder, TokenizerSettings settings)
    {
        Dictionary<string, Named> files = Files(folder);
        Dictionary<string, Named> config = InConfig(settings.ChatTemplate, Path.Combine(folder, TokenizerSettings.ConfigFile));

        // Earlier exports copied the default template into a file and left the others where they were.
        bool isCopy = files.Count == 1
            && files.TryGetValue(Default, out Named? copy)
            && config.TryGetValue(Default, out Named? original)
            && copy.Text() == original.Text();
        if (isCopy)
        {
            config[Default] = files[Default];
        }

        return files.Count == 0 || isCopy ? config : files;
    }

    private static Dictionary<string, Named> Files(string folder)
    {
        Dictionary<string, Named> files = new(StringComparer.Ordinal);
        string single = Path.Combine(folder, TemplateFile);
        if (File.Exists(single))
        {
            files.Add(Default, new Named(() => TextFile.Read(single), single));
        }

        string named = Path.Combine(folder, NamedFolder);
        if (Directory.Exists(named))
        {
            foreach (string file in Directory.EnumerateFiles(named, "*.jinja"))
            {
                files[Path.GetFileNameWithoutExtension(file)] = new Named(() => TextFile.Read(file), file);
            }
        }

        return files;
    }

    private static Dictionary<string, Named> InConfig(JsonElement template, string path)
    {
        string source = $"{path} (chat_template)";
        Dictionary<string, Named> named = new(StringComparer.Ordinal);
        switch (template.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null:
                return named;
            case JsonValueKind.String when template.TryUnicode(out string text):
                named.Add(Default, new Named(() => text, source));
                return named;
            case JsonValueKind.Array when template.EnumerateArray().All(IsNamed):
                foreach (JsonElement entry in template.EnumerateArray())
                {
                    string text = entry.GetProperty("template").GetString()!;
                    named[entry.GetProperty("name").GetString()!] = new Named(() => text, source);
                }

                return named;
            default:
                throw new ModelFormatException(
                    $"{path}: chat_template is neither a text nor a list of objects with the texts 'name' and 'template'. "
                    + "Correct the file.");
        }
    }

    private static bool IsNamed(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object && IsText(entry, "name") && IsText(entry, "template");

    private static bool IsText(JsonElement entry, string key) =>
        entry.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.TryUnicode(out _);

    /// <summary>A template that is read when it is wanted, and where it is.</summary>
    public sealed record Named(Func<string> Text, string Source);

    /// <summary>A template's text, where it came from, and the special tokens beside it.</summary>
    public sealed record Found(
        string Text, string Source, IReadOnlyDictionary<string, string> SpecialTokens, IReadOnlyList<string> AdditionalSpecialTokens)
    {
        /// <summary>The template that is taken instead where tools are given; null where there is none.</summary>
        public Named? WithTools { get; init; }

        public static Found Alone(string text, string source) => new(text, source, new Dictionary<string, string>(), []);
    }
}
