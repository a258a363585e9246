using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI;

/// <summary>A chat with the conversation that holds it, lent out by <see cref="AloraChatClient.UseConversationAsync"/>. Not to be kept.</summary>
/// <param name="Conversation">The whole chat, rendered without the opening of an answer and computed by the base. Used by nobody else; what is asked on it costs only what is appended.</param>
/// <param name="Messages">All messages of the chat, oldest first.</param>
/// <param name="Options">The options of the request; null if there are none.</param>
public sealed record ChatContext(Conversation Conversation, IReadOnlyList<ChatMessage> Messages, ChatOptions? Options);
