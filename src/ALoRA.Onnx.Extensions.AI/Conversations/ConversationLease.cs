namespace ALoRA.Onnx.Extensions.AI.Conversations;

/// <summary>A conversation that one request has for itself. Disposing gives it back.</summary>
internal sealed class ConversationLease(ConversationPool pool, Conversation conversation) : IDisposable
{
    private int _returned;

    public Conversation Conversation => conversation;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0)
        {
            pool.Return(conversation);
        }
    }
}
