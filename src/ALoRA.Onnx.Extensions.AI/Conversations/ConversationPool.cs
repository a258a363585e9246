using ALoRA.Onnx.Extensions.AI.Diagnostics;

namespace ALoRA.Onnx.Extensions.AI.Conversations;

/// <summary>
/// Lends conversations to requests, each one that shares the longest prefix with the prompt. Thread-safe.
/// </summary>
/// <param name="owner">The client, by whose name requests are refused after <see cref="Dispose"/>.</param>
/// <param name="model">The model.</param>
/// <param name="options">How many conversations to keep.</param>
internal sealed class ConversationPool(object owner, AloraModel model, AloraChatClientOptions options) : IDisposable
{
    // Rows that are worth the copy of a cache, whether they are the shared ones or those that would be given up.
    private const int WorthKeeping = 32;

    private readonly Lock _gate = new();
    private readonly LinkedList<Conversation> _idle = [];
    private bool _disposed;

    /// <summary>Conversations that wait for requests.</summary>
    public int IdleCount
    {
        get
        {
            lock (_gate)
            {
                return _idle.Count;
            }
        }
    }

    /// <summary>Takes the conversation that has most of the prompt already.</summary>
    /// <param name="prompt">Ids of the prompt.</param>
    /// <param name="scope">For whom; conversations of other scopes stay where they are. Null for everyone who names no scope.</param>
    /// <returns>A conversation that the caller has for itself until the lease is disposed.</returns>
    /// <exception cref="ObjectDisposedException">The client or its model was disposed.</exception>
    public ConversationLease Rent(ReadOnlySpan<int> prompt, string? scope) => new(this, Take(prompt, scope));

    /// <summary>Lets nothing out any more and frees what is idle; what is lent is freed when it comes back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            while (_idle.Count > 0)
            {
                Drop(_idle.Last!.Value);
            }
        }
    }

    /// <summary>Takes a conversation back.</summary>
    internal void Return(Conversation conversation)
    {
        lock (_gate)
        {
            _idle.AddFirst(conversation);
            ChatTelemetry.AddCacheBytes(conversation.CacheBytes);

            // What an adapter wrote serves nobody else, and would keep the adapter from being unloaded.
            if (_disposed || conversation.Adapter is not null || conversation.Length == 0)
            {
                Drop(conversation);
            }

            while (_idle.Count > options.MaxIdleConversations || _idle.Sum(idle => idle.CacheBytes) > options.MaxIdleCacheBytes)
            {
                Drop(_idle.Last!.Value);
            }
        }
    }

    private Conversation Take(ReadOnlySpan<int> prompt, string? scope)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, owner);
            (Conversation? best, int shared) = Best(prompt, scope);
            if (best is not null && best.Length - shared <= WorthKeeping)
            {
                return Remove(best);
            }

            if (best is null || shared <= WorthKeeping)
            {
                return model.CreateConversation(scope);
            }

            // Another branch than the one that the chat went: its own next turn wants the rest of the cache.
            Conversation fork = best.Fork();
            _idle.Remove(best);
            _idle.AddFirst(best);
            return fork;
        }
    }

    private (Conversation? Conversation, int Shared) Best(ReadOnlySpan<int> prompt, string? scope)
    {
        (Conversation? best, int most) = (null, 0);
        foreach (Conversation conversation in _idle)
        {
            int shared = conversation.CacheScope == scope ? SharedPrefix(conversation.Tokens, prompt) : 0;
            if (shared > most)
            {
                (best, most) = (conversation, shared);
            }
        }

        return (best, most);
    }

    private static int SharedPrefix(IReadOnlyList<int> tokens, ReadOnlySpan<int> prompt)
    {
        int length = Math.Min(tokens.Count, prompt.Length);
        int shared = 0;
        while (shared < length && tokens[shared] == prompt[shared])
        {
            shared++;
        }

        return shared;
    }

    private Conversation Remove(Conversation conversation)
    {
        _idle.Remove(conversation);
        ChatTelemetry.AddCacheBytes(-conversation.CacheBytes);
        return conversation;
    }

    private void Drop(Conversation conversation) => Remove(conversation).Dispose();
}
