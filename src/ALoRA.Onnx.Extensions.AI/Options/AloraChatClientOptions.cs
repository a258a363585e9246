using ALoRA.Onnx.Serving;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Extensions.AI;

/// <summary>How an <see cref="AloraChatClient"/> works. Values are checked when the client is created.</summary>
public sealed record AloraChatClientOptions
{
    /// <summary>Number of requests that run at the same time; others wait for their turn. The default value is 4.</summary>
    /// <remarks>
    /// They are computed together: each step computes the next token of all, whatever their adapters, so that more of them at a time cost
    /// each one little and are answered sooner as a whole. Memory for their KV caches is set aside when the client is created, at most a
    /// quarter of what there is, but enough for one request of the model's longest context
    /// (<see cref="AloraModelOptions.MaxContextLength"/>). A streamed answer counts until its enumeration is finished or disposed; a
    /// request made while enumerating it counts as a second one.
    /// </remarks>
    public int MaxConcurrentRequests { get; init; } = 4;

    /// <summary>
    /// Number of requests that may wait for their turn; one more is refused with an <see cref="AloraBusyException"/>. The default value is
    /// 1,024; 0 lets none wait.
    /// </summary>
    public int MaxQueuedRequests { get; init; } = 1024;

    /// <summary>
    /// How long a request waits for its turn before it is refused with an <see cref="AloraBusyException"/>. The default value is 10
    /// minutes; <see cref="Timeout.InfiniteTimeSpan"/> waits for any time.
    /// </summary>
    public TimeSpan MaxQueueTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Most tokens of an answer whose request sets neither <c>ChatOptions.MaxOutputTokens</c> nor a
    /// <c>ChatOptions.RawRepresentationFactory</c>. The default, null, is that of <see cref="GenerationOptions.MaxNewTokens"/>.
    /// </summary>
    public int? MaxAnswerTokens { get; init; }

    /// <summary>
    /// What becomes of a <c>ChatOptions.ModelId</c> that is another model's and of keys of <c>ChatOptions.AdditionalProperties</c> that
    /// are other providers'. The default value, <see langword="true"/>, refuses the request; <see langword="false"/> ignores them, each
    /// with a line in the log when it comes first, so that code that was written for several providers works. Keys that begin with
    /// <c>alora.</c> and are not known are refused in both cases.
    /// </summary>
    public bool Strict { get; init; } = true;

    /// <summary>Where what is ignored is logged, in the category <c>ALoRA.Onnx</c>. The default, null, is nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>
    /// What becomes of special tokens that messages, tools, calls, results, documents and template variables of a request spell out.
    /// The default value is <see cref="SpecialTokenHandling.AsText"/>.
    /// </summary>
    public SpecialTokenHandling SpecialTokens { get; init; }

    /// <summary>
    /// Number of chats that are kept after their answers, so that one that continues reuses its KV cache, and likewise of conversations
    /// that were lent out (<see cref="AloraChatClient.UseConversationAsync"/>). The least recently used one is evicted first, and sooner
    /// where requests that run want its room. The default value is 8; 0 keeps none.
    /// </summary>
    public int MaxIdleConversations { get; init; } = 8;

    /// <summary>
    /// Size in bytes of the KV caches of chats that are kept, within the memory that <see cref="MaxConcurrentRequests"/> sets aside, and
    /// likewise of conversations that were lent out; the least recently used ones are evicted first. The default value is 1 GiB.
    /// </summary>
    public long MaxIdleCacheBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Number of chats that <see cref="AloraChatClient.StartConversation"/> may have open. Their messages are always stored, their KV
    /// caches only as long as there is room. The default value is 1,024.
    /// </summary>
    public int MaxStoredConversations { get; init; } = 1024;

    /// <summary>
    /// Format of the model's tool calls.
    /// The default value, <see cref="Onnx.ToolCallFormat.Auto"/>, takes it from the chat template.
    /// </summary>
    public ToolCallFormat ToolCallFormat { get; init; }

    /// <summary>
    /// The engine that computes the answers, of the same model, shared with others and not disposed by the client; it says itself how many
    /// requests it computes at a time and what it keeps of them, so that <see cref="MaxIdleConversations"/> and
    /// <see cref="MaxIdleCacheBytes"/> count for conversations that were lent out only. The default value is null: the client creates one,
    /// and disposes it.
    /// </summary>
    public AloraEngine? Engine { get; init; }

    /// <summary>
    /// Whether the model stays open when the client is disposed. The default value is <see langword="false"/>: the client disposes it.
    /// </summary>
    public bool LeaveOpen { get; init; }

    /// <summary>
    /// Clock of <c>CreatedAt</c> and of <see cref="MaxQueueTime"/>. The default value is <see cref="TimeProvider.System"/>.
    /// </summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    // What a timer can be set to.
    internal static TimeSpan LongestQueueTime => TimeSpan.FromMilliseconds(int.MaxValue);

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConcurrentRequests, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxQueuedRequests);
        if (MaxQueueTime != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(MaxQueueTime, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxQueueTime, LongestQueueTime);
        }

        if (MaxAnswerTokens is int most)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(MaxAnswerTokens));
        }

        if (!Enum.IsDefined(SpecialTokens))
        {
            throw new ArgumentOutOfRangeException(nameof(SpecialTokens), SpecialTokens, "This is no handling of special tokens.");
        }

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
