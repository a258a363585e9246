using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.HuggingFace;

/// <summary>Reads the files beside the weights that a model folder takes over.</summary>
internal static class CompanionFileReader
{
    public const string Tokenizer = "tokenizer.json";
    public const string TokenizerConfig = "tokenizer_config.json";
    public const string ChatTemplate = "chat_template.jinja";
    public const string GenerationConfig = "generation_config.json";

    public static Dictionary<string, ReadOnlyMemory<byte>> Read(string folder)
    {
        Dictionary<string, ReadOnlyMemory<byte>> files = new(StringComparer.Ordinal);
        foreach (string name in (string[])[Tokenizer, TokenizerConfig, ChatTemplate, GenerationConfig])
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path))
            {
                files.Add(name, File.ReadAllBytes(path));
            }
        }

        // Older checkpoints keep the template inside tokenizer_config.json.
        if (!files.ContainsKey(ChatTemplate)
            && files.TryGetValue(TokenizerConfig, out ReadOnlyMemory<byte> tokenizerConfig)
            && DefaultTemplate(JsonFiles.ParseObject(tokenizerConfig.Span, Path.Combine(folder, TokenizerConfig))) is { } template)
        {
            files.Add(ChatTemplate, System.Text.Encoding.UTF8.GetBytes(template));
        }

        return files;
    }

    private static string? DefaultTemplate(JsonObject tokenizerConfig) => tokenizerConfig["chat_template"] switch
    {
        JsonArray named => Text(named.OfType<JsonObject>().FirstOrDefault(entry => Text(entry["name"]) == "default")?["template"]),
        JsonNode single => Text(single),
        _ => null,
    };

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
