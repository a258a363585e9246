namespace ALoRA.Onnx.Extensions.AI;

/// <summary>How an <see cref="AloraChatClient"/> works. Values are checked when the client is created.</summary>
public sealed record AloraChatClientOptions
{
    /// <summary>Requests that are answered at the same time; others wait for their turn. The default value is 4.</summary>
    /// <remarks>
    /// Each has a KV cache of its own, and all share the cores: more requests at a time make each of them slower. A streamed answer keeps
    /// its place until its enumeration is finished or disposed; whoever asks again from within one needs a second place.
    /// </remarks>
    public int MaxConcurrentRequests { get; init; } = 4;

    /// <summary>
    /// Conversations that are kept after their answers, so that a chat that goes on reuses its KV cache;
    /// the least recently used one goes first. The default value is 8; 0 keeps none.
    /// </summary>
    public int MaxIdleConversations { get; init; } = 8;

    /// <summary>
    /// Memory in bytes of the KV caches that are kept; the least recently used ones go first. The default value is 1 GiB.
    /// </summary>
    public long MaxIdleCacheBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Chats that <see cref="AloraChatClient.StartConversation"/> may start before others are ended.
    /// Their messages are kept, their KV caches only as long as there is room. The default value is 1,024.
    /// </summary>
    public int MaxStoredConversations { get; init; } = 1024;

    /// <summary>
    /// How the model writes tool calls.
    /// The default value is <see cref="Onnx.Extensions.AI.ToolCallFormat.Auto"/>: as its chat template shows.
    /// </summary>
    public ToolCallFormat ToolCallFormat { get; init; }

    /// <summary>
    /// Whether the model stays open when the client is disposed. The default value is <see langword="false"/>: the client owns it.
    /// </summary>
    public bool LeaveOpen { get; init; }

    /// <summary>Clock of <c>CreatedAt</c>. The default value is <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConcurrentRequests, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxIdleConversations);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxIdleCacheBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxStoredConversations, 1);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        if (!Enum.IsDefined(ToolCallFormat))
        {
            throw new ArgumentOutOfRangeException(nameof(ToolCallFormat), ToolCallFormat, "This is no format of tool calls.");
        }
    }
}
