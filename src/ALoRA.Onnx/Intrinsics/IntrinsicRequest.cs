using System.Text.Json.Nodes;

namespace ALoRA.Onnx;

/// <summary>The input of an intrinsic.</summary>
public sealed record IntrinsicRequest
{
    /// <summary>
    /// The messages, oldest first. They end with the question for an intrinsic about questions (answerability, query rewrite),
    /// and with the answer for one about answers.
    /// </summary>
    public required IReadOnlyList<PromptMessage> Messages { get; init; }

    /// <summary>The documents that the messages are about. The default is none.</summary>
    public IReadOnlyList<ChatDocument> Documents { get; init; } = [];

    /// <summary>
    /// Values of the placeholders in the definition's instruction, such as <c>requirement</c>; not modified.
    /// The default, null, is none.
    /// </summary>
    public JsonObject? Arguments { get; init; }

    /// <summary>
    /// What becomes of special tokens that messages, documents and arguments spell out; those of the definition's instruction are tokens
    /// always. The default is <see cref="SpecialTokenHandling.AsText"/>.
    /// </summary>
    public SpecialTokenHandling SpecialTokens { get; init; }

    /// <summary>The request in OpenAI's form, with documents in <c>extra_body.documents</c>.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = new()
        {
            ["messages"] = new JsonArray(
                [.. Messages.Select(message => new JsonObject { ["role"] = message.Role, ["content"] = message.Content })]),
        };
        if (Documents.Count > 0)
        {
            json["extra_body"] = new JsonObject { ["documents"] = new JsonArray([.. Documents.Select(ToJson)]) };
        }

        return json;
    }

    private static JsonObject ToJson(ChatDocument document)
    {
        JsonObject json = new() { ["text"] = document.Text };
        if (document.Id is not null)
        {
            json["doc_id"] = document.Id;
        }

        if (document.Title is not null)
        {
            json["title"] = document.Title;
        }

        return json;
    }
}
