using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>Makes chats into requests of intrinsics.</summary>
internal static class IntrinsicRequests
{
    /// <inheritdoc cref="ChatContext.ToRequest"/>
    public static IntrinsicRequest Create(IEnumerable<ChatMessage> messages, ChatOptions? options, JsonObject? arguments)
    {
        object? documents = null;
        options?.AdditionalProperties?.TryGetValue(AloraChatKeys.Documents, out documents);
        List<PromptMessage> chat = [.. messages.Where(message => !PassedOver.IsAllOf(message)).Select(Message)];
        if (options?.Instructions is string instructions && !string.IsNullOrWhiteSpace(instructions))
        {
            bool hasSystem = chat.Count > 0 && chat[0].Role == ChatRole.System.Value;
            string system = SystemInstructions.Join(instructions, hasSystem ? chat[0].Content : null);
            chat.RemoveRange(0, hasSystem ? 1 : 0);
            chat.Insert(0, new PromptMessage(ChatRole.System.Value, system));
        }

        return new IntrinsicRequest
        {
            Messages = chat,
            Documents = documents is null ? [] : [.. JsonValues.ArrayOf(AloraChatKeys.Documents, documents).Select(Document)],
            Arguments = arguments,
        };
    }

    private static PromptMessage Message(ChatMessage message) =>
        message.Contents.FirstOrDefault(content => !IsRead(message, content)) is AIContent other
        ? throw new NotSupportedException(
            $"A message of the role '{message.Role.Value}' holds a {other.GetType().Name}, which no intrinsic reads. Ask about a chat of "
            + "texts, or invoke the adapter on the conversation itself.")
        : new PromptMessage(message.Role.Value, message.Text);

    // What the model thought is left out, as its template leaves it out of earlier turns.
    private static bool IsRead(ChatMessage message, AIContent content) => content is TextContent || PassedOver.Is(content)
        || (content is TextReasoningContent && message.Role == ChatRole.Assistant);

    private static ChatDocument Document(JsonNode? document) => document is JsonObject json && Text(json, "text") is string text
        ? new ChatDocument(text, Text(json, "doc_id"), Text(json, "title"))
        : throw new ArgumentException(
            $"A document under '{AloraChatKeys.Documents}' must be an object with a 'text', but is {document?.ToJsonString() ?? "null"}.");

    private static string? Text(JsonObject json, string key) =>
        json[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
