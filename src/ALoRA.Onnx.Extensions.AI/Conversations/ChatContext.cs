using System.Text.Json.Nodes;
using ALoRA.Onnx.Extensions.AI.Requests;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI;

/// <summary>
/// A chat with the conversation that holds it, lent out by <see cref="AloraChatClient.UseConversationAsync"/>. Not to be kept.
/// </summary>
/// <param name="Conversation">
/// The whole chat, rendered without the opening of an answer and computed by the base.
/// Used by nobody else; what is asked on it costs only what is appended.
/// </param>
/// <param name="Messages">All messages of the chat, oldest first.</param>
/// <param name="Options">The options of the request; null if there are none.</param>
public sealed record ChatContext(Conversation Conversation, IReadOnlyList<ChatMessage> Messages, ChatOptions? Options)
{
    /// <summary>What becomes of special tokens in the chat: what the client's options say.</summary>
    public SpecialTokenHandling SpecialTokens { get; init; }

    /// <summary>
    /// The chat with its documents as what intrinsics from files are asked about:
    /// <c>chat.Conversation.FindCitationsAsync(chat.ToRequest())</c>.
    /// </summary>
    /// <param name="arguments">Values for the places of an instruction, such as <c>requirement</c>. The default, null, is none.</param>
    /// <exception cref="NotSupportedException">A message holds something else than text.</exception>
    /// <exception cref="ArgumentException">A document is no object with a text.</exception>
    public IntrinsicRequest ToRequest(JsonObject? arguments = null) =>
        IntrinsicRequests.Create(Messages, Options, arguments) with { SpecialTokens = SpecialTokens };
}
