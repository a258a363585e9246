using System.Text.Json;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>
/// Reads documents: <c>.jsonl</c> with <c>{"messages": […], "answer": …}</c> or <c>{"text": …}</c> a line, <c>.json</c> with a list of
/// <c>{"prompt": …, "expected": …}</c>, anything else as plain text.
/// </summary>
internal static class SampleFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is malformed or empty.</exception>
    public static IReadOnlyList<SampleDocument> Read(string path)
    {
        IReadOnlyList<SampleDocument> documents = Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".JSONL" => [.. File.ReadLines(path).Select((line, i) => (line, i)).Where(item => item.line.Length > 0)
                .Select(item => Parse($"{path}, line {item.i + 1}", item.line, ReadLine))],
            ".JSON" => Parse(path, File.ReadAllText(path), ReadPrompts),
            _ => ReadPlain(File.ReadAllText(path)),
        };
        return documents.Count > 0 ? documents : throw new FormatException($"{path}: expected text, got none.");
    }

    private static SampleDocument[] ReadPlain(string text) => string.IsNullOrWhiteSpace(text) ? [] : [new SampleDocument.Plain(text)];

    private static SampleDocument ReadLine(JsonElement line)
    {
        if (line.TryGetProperty("text", out JsonElement text))
        {
            return new SampleDocument.Plain(TextOf(text));
        }

        List<PromptMessage> messages = [.. line.GetProperty("messages").EnumerateArray()
            .Select(message => new PromptMessage(TextOf(message.GetProperty("role")), TextOf(message.GetProperty("content"))))];
        if (line.TryGetProperty("answer", out JsonElement answer))
        {
            messages.Add(new PromptMessage("assistant", TextOf(answer)));
        }

        return new SampleDocument.Chat(messages);
    }

    private static IReadOnlyList<SampleDocument> ReadPrompts(JsonElement root) =>
        [.. root.EnumerateArray().Select(item => new SampleDocument.Rendered(
            TextOf(item.GetProperty("prompt")) + (item.TryGetProperty("expected", out JsonElement expected) ? TextOf(expected) : "")))];

    private static string TextOf(JsonElement element) => element.GetString() ?? throw new FormatException("null where a text is expected");

    private static T Parse<T>(string where, string json, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new FormatException(
                $"{where}: expected {{\"messages\": […]}} or {{\"text\": …}} a line of .jsonl, or a list of {{\"prompt\": "
                + $"…}} in .json: {e.Message}",
                e);
        }
    }
}
