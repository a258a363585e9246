using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Intrinsics;

/// <summary>Where an intrinsic gets the conversation of a chat from: the client that answers the chat.</summary>
internal interface IConversationLender
{
    /// <summary>Name of the model that answers.</summary>
    string ModelName { get; }

    /// <inheritdoc cref="AloraChatClient.UseConversationAsync"/>
    Task<T> UseConversationAsync<T>(
        IEnumerable<ChatMessage> messages,
        Func<ChatContext, CancellationToken, Task<T>> use,
        ChatOptions? options,
        CancellationToken cancellationToken);
}
