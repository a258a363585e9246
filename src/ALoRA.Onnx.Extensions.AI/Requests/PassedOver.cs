using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>
/// Content of a history that is no part of the conversation; the remarks of <see cref="AloraChatClient"/> have the whole table.
/// </summary>
internal static class PassedOver
{
    /// <summary>Whether content says nothing to a model.</summary>
    public static bool Is(AIContent content) => content is UsageContent or ErrorContent;

    /// <summary>Whether a message holds such content and nothing else, so that it makes no turn.</summary>
    public static bool IsAllOf(ChatMessage message) => message.Contents.Count > 0 && message.Contents.All(Is);
}
