using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Conversations;

/// <summary>The messages of a chat that the client keeps, open for one request at a time. Disposing lets the next one in.</summary>
internal sealed class StoredConversation(string id) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private List<ChatMessage> _messages = [];

    /// <summary>What requests name it by.</summary>
    public string Id => id;

    /// <summary>All messages, oldest first. To be read by whoever has entered.</summary>
    public IReadOnlyList<ChatMessage> Messages => _messages;

    /// <summary>Whether it was ended.</summary>
    public bool IsEnded { get; set; }

    /// <summary>Waits until no other request is at it.</summary>
    public Task EnterAsync(CancellationToken cancellationToken) => _turn.WaitAsync(cancellationToken);

    /// <summary>Adds what a request brought and what was answered; a request that failed adds nothing.</summary>
    public void Add(IEnumerable<ChatMessage> messages) => _messages = [.. _messages, .. messages];

    /// <inheritdoc/>
    public void Dispose() => _turn.Release();
}
