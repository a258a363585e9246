using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>A conversation as a file: <c>{"messages": [{"role": …, "content": …}, …]}</c>, as chat requests have it.</summary>
internal static class ChatFile
{
    private static readonly string[] Roles = ["system", "user", "assistant"];

    /// <summary>Writes a file, whole or not at all. An earlier one of its kind is replaced, any other is not.</summary>
    /// <exception cref="IOException">The file can't be written, or is something else.</exception>
    public static void Save(string path, IEnumerable<PromptMessage> messages)
    {
        if (File.Exists(path) && !IsOne(path))
        {
            throw new IOException($"{path} exists and is no saved chat. Give another name.");
        }

        JsonObject chat = new()
        {
            ["messages"] = new JsonArray([.. messages.Select(
                message => (JsonNode)new JsonObject { ["role"] = message.Role, ["content"] = message.Content })]),
        };
        string partial = path + ".partial";
        File.WriteAllText(
            partial,
            chat.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
                + "\n");
        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is no such conversation.</exception>
    public static IReadOnlyList<PromptMessage> Load(string path)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(File.ReadAllText(path));
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{path} is not JSON: {exception.Message}", exception);
        }

        if (root is not JsonObject || root["messages"] is not JsonArray list)
        {
            throw new FormatException($"{path}: expected an object with a list messages, as /save writes it.");
        }

        PromptMessage[] messages = [.. list.Select((item, i) => Read(item, $"{path}, message {i + 1}"))];
        PromptMessage[] turns = [.. messages.SkipWhile(message => message.Role == "system")];
        bool alternates = messages.Length - turns.Length <= 1 && turns.Length % 2 == 0
            && turns.Select((message, i) => message.Role == (i % 2 == 0 ? "user" : "assistant")).All(isRight => isRight);
        return alternates
            ? messages
            : throw new FormatException(
                $"{path}: expected questions of the user and answers of the assistant by turns, after at most one system message.");
    }

    private static PromptMessage Read(JsonNode? item, string place) =>
        item is JsonObject message && Text(message["role"]) is { } role && Roles.Contains(role, StringComparer.Ordinal)
        && Text(message["content"]) is { } content
            ? new PromptMessage(role, content)
            : throw new FormatException($"{place}: expected role (system, user or assistant) and content, both texts.");

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static bool IsOne(string path)
    {
        try
        {
            _ = Load(path);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
