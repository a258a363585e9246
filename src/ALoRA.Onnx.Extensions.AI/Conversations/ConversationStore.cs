using System.Collections.Concurrent;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Conversations;

/// <summary>Chats whose messages the client keeps, by their ids. Thread-safe.</summary>
internal sealed class ConversationStore(int capacity)
{
    private readonly ConcurrentDictionary<string, StoredConversation> _conversations = new(StringComparer.Ordinal);

    /// <summary>Starts a chat.</summary>
    /// <exception cref="InvalidOperationException">There are as many as may be.</exception>
    public string Start(IEnumerable<ChatMessage> messages)
    {
        StoredConversation conversation = new($"alora-{Guid.NewGuid():N}");
        conversation.Add(messages);
        _conversations[conversation.Id] = conversation;
        if (_conversations.Count > capacity)
        {
            _conversations.TryRemove(conversation.Id, out _);
            throw new InvalidOperationException(
                $"{capacity} conversations are stored already. End some with EndConversation, or raise "
                + $"{nameof(AloraChatClientOptions)}.{nameof(AloraChatClientOptions.MaxStoredConversations)}.");
        }

        return conversation.Id;
    }

    /// <summary>Ends a chat.</summary>
    /// <returns>Whether there was one.</returns>
    public bool End(string id)
    {
        if (!_conversations.TryRemove(id, out StoredConversation? conversation))
        {
            return false;
        }

        conversation.IsEnded = true;
        return true;
    }

    /// <summary>Waits for a chat; the caller has it for itself until it is disposed.</summary>
    /// <returns>The chat; null if there is no id.</returns>
    /// <exception cref="ArgumentException">There is no such chat, or it was ended.</exception>
    public async Task<StoredConversation?> EnterAsync(string? id, CancellationToken cancellationToken)
    {
        if (id is null)
        {
            return null;
        }

        StoredConversation conversation = _conversations.TryGetValue(id, out StoredConversation? found) ? found : throw Unknown(id);
        await conversation.EnterAsync(cancellationToken).ConfigureAwait(false);
        if (conversation.IsEnded)
        {
            conversation.Dispose();
            throw Unknown(id);
        }

        return conversation;
    }

    private static ArgumentException Unknown(string id) => new(
        $"There is no conversation '{id}'. Start one with AloraChatClient.StartConversation and send its id, or send all messages without "
        + $"{nameof(ChatOptions)}.{nameof(ChatOptions.ConversationId)}.",
        nameof(id));
}
