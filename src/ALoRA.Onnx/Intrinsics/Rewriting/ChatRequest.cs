using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Intrinsics.Rewriting;

/// <summary>A chat request: messages, documents and parameters in one JSON object, checked where they are read.</summary>
internal sealed class ChatRequest
{
    private const string ExtraBodyKey = "extra_body";
    private const string DocumentsKey = "documents";

    /// <summary>Wraps a request, which the rewriting then changes.</summary>
    /// <exception cref="IntrinsicFormatException">It has no list of messages, or one is malformed.</exception>
    public ChatRequest(JsonObject json)
    {
        Json = json;
        Messages = json["messages"] as JsonArray ?? throw Wrong("messages", "a list", json["messages"]);
        for (int i = 0; i < Messages.Count; i++)
        {
            JsonObject message = Messages[i] as JsonObject ?? throw Wrong($"messages[{i}]", "an object with role and content", Messages[i]);
            _ = TextOf(message, "role", $"messages[{i}]");
            _ = TextOf(message, "content", $"messages[{i}]");
        }

        ExtraBody = json[ExtraBodyKey] is { } extra ? extra as JsonObject ?? throw Wrong(ExtraBodyKey, "an object", extra) : null;
        Documents = ReadDocuments();
    }

    public JsonObject Json { get; }

    public JsonArray Messages { get; }

    public JsonObject? ExtraBody { get; private set; }

    /// <summary>The documents; null where the request names none, which is not the same as an empty list.</summary>
    public IReadOnlyList<JsonObject>? Documents { get; }

    /// <summary>Text of a message.</summary>
    public string ContentOf(int message) => (string)Messages[message]!["content"]!;

    public string RoleOf(int message) => (string)Messages[message]!["role"]!;

    /// <summary>Text of a document.</summary>
    public static string TextOf(JsonObject document) => (string)document["text"]!;

    /// <summary>Id of a document; null where it has none.</summary>
    public static string? IdOf(JsonObject document) => (string?)document["doc_id"];

    public void AddMessage(string role, string content) => Messages.Add((JsonNode)Message(role, content));

    public void InsertMessages(IEnumerable<(string Role, string Content)> messages)
    {
        int position = 0;
        foreach ((string role, string content) in messages)
        {
            Messages.Insert(position++, Message(role, content));
        }
    }

    /// <summary>Takes the documents out, which leaves the object they were in, even if it is empty then.</summary>
    public void RemoveDocuments() => ExtraBody!.Remove(DocumentsKey);

    /// <summary>Sets a field of <c>extra_body</c>, which is created if necessary.</summary>
    public void SetExtra(string name, JsonNode? value)
    {
        if (ExtraBody is null)
        {
            ExtraBody = [];
            Json[ExtraBodyKey] = ExtraBody;
        }

        ExtraBody[name] = value;
    }

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    private List<JsonObject>? ReadDocuments()
    {
        if (ExtraBody?[DocumentsKey] is not { } node)
        {
            return null;
        }

        JsonArray list = node as JsonArray ?? throw Wrong("extra_body.documents", "a list", node);
        List<JsonObject> documents = [];
        for (int i = 0; i < list.Count; i++)
        {
            string place = $"extra_body.documents[{i}]";
            JsonObject document = list[i] as JsonObject ?? throw Wrong(place, "an object with text", list[i]);
            _ = TextOf(document, "text", place);
            _ = OptionalTextOf(document, "doc_id", place);
            _ = OptionalTextOf(document, "title", place);
            documents.Add(document);
        }

        return documents;
    }

    private static string TextOf(JsonObject node, string key, string place) =>
        OptionalTextOf(node, key, place) ?? throw Wrong($"{place}.{key}", "a text", null);

    private static string? OptionalTextOf(JsonObject node, string key, string place) => node[key] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out string? text) => text,
        { } other => throw Wrong($"{place}.{key}", "a text", other),
    };

    private static IntrinsicFormatException Wrong(string place, string expected, JsonNode? got) =>
        new($"The request's '{place}' should be {expected}, but is {(got is null ? "null or missing" : $"a JSON {got.GetValueKind()}")}.");
}
