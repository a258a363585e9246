using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Requests;
using ALoRA.Onnx.Serving.Running;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving;

/// <summary>
/// Many requests on one model at once: each step computes the next token of all that decode in one run, whatever their adapters and
/// lengths, and a piece of one prompt. Thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// Keys and values of a request stay where they are when it has ended, until someone wants the room:
/// a request that begins alike goes on from there. Rows of the base serve the base and every adapter up to
/// its invocation; rows of an adapter serve the same adapter from the same position.
/// </para>
/// <para>
/// Answers are those of the request alone, but for the last bits of logits (1e-4 in float32), so that two equally likely tokens may change
/// places. A request that fails does no other one any harm.
/// </para>
/// </remarks>
public sealed class AloraEngine : IAsyncDisposable
{
    private readonly EngineOptions _options;
    private readonly StepLoop _loop;
    private readonly ModelSession _session;
    private long _submitted;
    private volatile bool _drains;
    private int _disposed;

    /// <summary>Starts an engine, which does nothing until there are requests.</summary>
    /// <param name="model">The model, which must stay open as long as the engine; not owned.</param>
    /// <param name="options">How to share it; null is all defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InsufficientMemoryException">The memory for keys and values is not available.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public AloraEngine(AloraModel model, EngineOptions? options = null)
        : this(model, options, sizes: null)
    {
    }

    /// <summary>Starts an engine with classes of slots that are given, for tests.</summary>
    internal AloraEngine(AloraModel model, EngineOptions? options, IReadOnlyList<SlotSize>? sizes)
    {
        ArgumentNullException.ThrowIfNull(model);
        _options = options ?? new EngineOptions();
        _options.Check();
        Model = model;
        _session = model.Loaded.Session.AddReference();
        try
        {
            MaxContextTokens = Math.Min(_options.MaxContextTokens ?? int.MaxValue, model.MaxLength);
            SlotArena arena = sizes is null
                ? ArenaSize.Create(_session.CacheLayout, _session.Memory, MaxContextTokens, _options, model.Loaded.Logger)
                : new SlotArena(_session.CacheLayout, _session.Memory, sizes);
            MaxContextTokens = Math.Min(MaxContextTokens, arena.Classes[^1].Capacity);
            CacheBytes = arena.Rows * BytesPerToken;
            _loop = new StepLoop(model.Loaded, _options, arena, _session.Prefixes?.SharesAcrossScopes == true);
        }
        catch
        {
            _session.Release();
            throw;
        }
    }

    /// <summary>The model.</summary>
    public AloraModel Model { get; }

    /// <summary>Most tokens of a request, prompt and answer together.</summary>
    public int MaxContextTokens { get; }

    /// <summary>Memory of keys and values of one token, in bytes.</summary>
    public long BytesPerToken => _session.CacheLayout.BytesPerToken;

    /// <summary>Memory of keys and values of all requests and of prompts that are kept, in bytes.</summary>
    public long CacheBytes { get; }

    /// <summary>Figures of now.</summary>
    public EngineStatistics Statistics => _loop.Statistics;

    /// <summary>Requests of now and the last steps.</summary>
    public EngineActivity Activity => _loop.Activity;

    /// <summary>Asks for an answer. Checks the request at once; whatever computes does so on the engine's own thread.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Cancels the request, at the latest at the next step.</param>
    /// <returns>The answer, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">
    /// The prompt is empty or too long, has an id outside of the vocabulary, there is no such adapter, or an option is out of range.
    /// </exception>
    /// <exception cref="MissingInvocationException">The adapter is an aLoRA, and the prompt has no trusted invocation.</exception>
    /// <exception cref="AloraBusyException">Too many requests wait already.</exception>
    /// <exception cref="InvalidOperationException">
    /// The engine is draining, or stop strings or a constraint are given and the model has no tokenizer.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The engine or its model was disposed.</exception>
    public EngineAnswer Submit(EngineRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (_drains)
        {
            throw new InvalidOperationException("The engine is draining: it ends what it has and takes nothing new. Ask another one.");
        }

        PreparedRequest prepared = PreparedRequest.Prepare(Model.Loaded, request, MaxContextTokens);
        LiveRequest live = new(request, prepared, MaxContextTokens, Interlocked.Increment(ref _submitted), cancellationToken);
        try
        {
            _loop.Submit(live);
            return new EngineAnswer(live, _options.MaxUnreadTokens / 2, _loop.Wake);
        }
        catch (Exception exception)
        {
            live.End(exception);
            throw;
        }
    }

    /// <summary>
    /// Copies keys and values of a prompt's beginning from requests, running or ended, into a conversation,
    /// so that whatever is asked there, such as an intrinsic about an answer, computes nothing that was computed here.
    /// What the conversation has in common with the prompt stays; what else it has is given up.
    /// </summary>
    /// <param name="conversation">
    /// A conversation of the same model, which gets rows of its own <see cref="Conversation.CacheScope"/>, as the base computes them.
    /// </param>
    /// <param name="prompt">Ids of the prompt.</param>
    /// <returns>Ids that the conversation has then, the first of the prompt, all with keys and values.</returns>
    /// <exception cref="ArgumentException">The conversation is of another model.</exception>
    /// <exception cref="InsufficientMemoryException">The conversation can't grow; it has what it has in common with the prompt.</exception>
    /// <exception cref="InvalidOperationException">Another operation is running on the conversation.</exception>
    /// <exception cref="ObjectDisposedException">Engine, conversation or model was disposed.</exception>
    public Task<int> CopyPrefixAsync(Conversation conversation, ReadOnlyMemory<int> prompt)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return ReferenceEquals(conversation.Model, Model)
            ? conversation.UseSequenceAsync(sequence => _loop.FillAsync(sequence, prompt))
            : throw new ArgumentException("The conversation is of another model than the engine.", nameof(conversation));
    }

    /// <summary>
    /// Keeps a copy of a conversation's rows, as of one that another machine has computed, for requests that begin alike.
    /// Rows that were loaded serve requests of the scope alone, and nothing of them gets into the model's cache.
    /// </summary>
    /// <param name="conversation">A conversation of the same model, without an adapter; not owned.</param>
    /// <param name="scope">The requests' <see cref="EngineRequest.CacheScope"/>.</param>
    /// <returns>How many rows were kept.</returns>
    /// <exception cref="ArgumentException">The conversation is of another model.</exception>
    internal Task<int> AdoptPrefixAsync(Conversation conversation, string? scope)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return ReferenceEquals(conversation.Model, Model)
            ? conversation.UseSequenceAsync(sequence => _loop.AdoptAsync(sequence, scope))
            : throw new ArgumentException("The conversation is of another model than the engine.", nameof(conversation));
    }

    /// <summary>Steps so far and bytes that the engine's thread has allocated so far, for tests; what asking allocates counts.</summary>
    internal Task<(long Steps, long Bytes)> ReadAllocationsAsync() => _loop.ReadAllocationsAsync();

    /// <summary>Takes no more requests and waits until those that it has have ended.</summary>
    /// <param name="cancellationToken">Ends the wait; the requests go on.</param>
    public Task DrainAsync(CancellationToken cancellationToken = default)
    {
        _drains = true;
        _loop.Drain();
        return _loop.Drained.WaitAsync(cancellationToken);
    }

    /// <summary>Cancels all requests and frees keys and values.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await Task.Run(_loop.Dispose).ConfigureAwait(false);
            _session.Release();
        }
    }
}
