using System.Diagnostics;
using System.Threading.Channels;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Serving.Requests;

/// <summary>
/// A request from its submission to its end. What is read and written by the engine's thread says nothing else; the answer's reader sees
/// the channel, the usage and the counts of unread tokens.
/// </summary>
internal sealed class LiveRequest
{
    private readonly Channel<GeneratedToken> _channel = Channel.CreateUnbounded<GeneratedToken>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly TaskCompletionSource<TokenUsage> _promptUsage = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancelled;
    private readonly long _submitted = Stopwatch.GetTimestamp();
    private TextGenerator? _generator;
    private int _unread;

    public LiveRequest(
        EngineRequest request, PreparedRequest prepared, int maxLength, long number, CancellationToken cancellationToken)
    {
        Tenant = request.Tenant;
        CacheScope = request.CacheScope;
        Prepared = prepared;
        Number = number;
        PromptLength = request.Prompt.Ids.Length;
        Tokens = new RequestTokens(request.Prompt.Ids, maxLength, request.Answered);
        Generated = request.Answered.Length;
        _cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Cancellation = _cancelled.Token;

        // Nobody may ask for it, and then nobody sees that it failed.
        _ = _promptUsage.Task.ContinueWith(
            task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    /// <summary>Its place in the order of arrival.</summary>
    public long Number { get; }

    /// <summary>Who asks; null for everyone who names none.</summary>
    public string? Tenant { get; }

    public string? CacheScope { get; }

    public int PromptLength { get; }

    /// <summary>What was checked and resolved before it came to the engine.</summary>
    public PreparedRequest Prepared { get; }

    public RequestTokens Tokens { get; }

    /// <summary>Who computes; null for the base.</summary>
    public Adapter? Adapter => Prepared.Activation.Adapter;

    /// <summary>Position of the first adapted row.</summary>
    public int Start => Prepared.Activation.Start;

    /// <summary>Who computes the next missing row.</summary>
    public Adapter? NextWriter => WriterAt(Tokens.Computed);

    /// <summary>Who computes a row.</summary>
    public Adapter? WriterAt(int position) => Prepared.Activation.Rows.WriterAt(position);

    /// <summary>Signalled when nobody wants the answer any more.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>Tokens that may still be generated.</summary>
    public int Remaining => Math.Min(Prepared.Settings.MaxNewTokens - Generated, Tokens.MaxLength - Tokens.Length);

    public int Generated { get; private set; }

    /// <summary>Prompt tokens whose rows were found when it first got a slot; null before.</summary>
    public int? Reused { get; set; }

    /// <summary>Its tenant's index in the scheduler's shares.</summary>
    public int TenantIndex { get; set; }

    /// <summary>Step in which the engine took it in.</summary>
    public long ArrivalStep { get; set; }

    /// <summary>Step in which it last had a row or a chunk.</summary>
    public long LastServed { get; set; }

    /// <summary>Its index among the requests of this step.</summary>
    public int Index { get; set; }

    /// <summary>Tokens that it computes in the decode run of this step, where the run can have several of a request.</summary>
    public int RunTokens { private get; set; } = 1;

    /// <summary>Those of them that are missing.</summary>
    public int NextTokens => Math.Min(RunTokens, Tokens.Pending);

    /// <summary>What was found of its prompt while it waits.</summary>
    public KnownRows Known { get; set; }

    /// <summary>Whether it has no slot.</summary>
    public bool Waits => Tokens.Sequence is null;

    /// <summary>Since when it rests because its reader is slow; null while it does not.</summary>
    public long? RestsSince { get; set; }

    /// <summary>Whether it has ended, in whatever way.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Tokens that wait for the reader.</summary>
    public int Unread => Volatile.Read(ref _unread);

    /// <summary>See <see cref="EngineAnswer.PromptUsage"/>.</summary>
    public Task<TokenUsage> PromptUsage => _promptUsage.Task;

    /// <summary>Time since it was submitted.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(_submitted);

    /// <summary>What came of the last choice: whether that token was the last one.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>What came of the last choice: why there is no token; null where there is one.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>How far it is, for any thread: figures of one moment each, which need not fit each other to the token.</summary>
    public EngineRequestState State => new()
    {
        Number = Number,
        Tenant = Tenant,
        Adapter = Adapter?.Name,
        Phase = Waits ? EngineRequestPhase.Waiting : Generated == 0 ? EngineRequestPhase.Prompt : EngineRequestPhase.Answer,
        PromptTokens = PromptLength,
        CachedTokens = Reused ?? 0,
        Rows = Tokens.Computed,
        GeneratedTokens = Generated,
        Age = Age,
    };

    /// <summary>Chooses the next token and gives it to the reader. Other requests may choose at the same time.</summary>
    public void Choose(LoadedModel model)
    {
        try
        {
            IsComplete = Next(model);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException or InsufficientMemoryException)
        {
            // Whatever constraint, processors and own samplers throw is this request's alone.
            Failure = exception;
        }
    }

    /// <summary>Ends it: well, or with an exception.</summary>
    public void End(Exception? exception)
    {
        if (IsOver)
        {
            return;
        }

        IsOver = true;
        _generator?.Dispose();
        Prepared.Dispose();
        _cancelled.Dispose();
        _channel.Writer.TryComplete(exception);
        if (exception is OperationCanceledException cancelled)
        {
            _promptUsage.TrySetCanceled(cancelled.CancellationToken);
        }
        else if (exception is not null)
        {
            _promptUsage.TrySetException(exception);
        }
    }

    /// <summary>Asks for its end, from any thread.</summary>
    public void Cancel()
    {
        try
        {
            _cancelled.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }

    /// <summary>Waits for a token, for the reader.</summary>
    /// <returns>Whether there is one; not after the last one.</returns>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _channel.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Takes a token, for the reader.</summary>
    public bool TryTake(out GeneratedToken token)
    {
        if (!_channel.Reader.TryRead(out token))
        {
            return false;
        }

        Interlocked.Decrement(ref _unread);
        return true;
    }

    private bool Next(LoadedModel model)
    {
        if (_generator is null)
        {
            _generator = model.CreateGenerator(
                Tokens, Prepared.Settings, Prepared.Constraint, _submitted, Reused ?? 0, answered: Tokens.Length - PromptLength);
            TokenUsage prompt = new()
            {
                ReusedTokens = Reused ?? 0,
                ComputedTokens = PromptLength - (Reused ?? 0),
                TimeToFirstToken = Age,
            };
            AloraDiagnostics.Record(activity: null, prompt, Adapter?.Name);
            model.Logger.Prefilled(prompt.ReusedTokens, prompt.ComputedTokens, prompt.TimeToFirstToken.TotalMilliseconds);
            _promptUsage.TrySetResult(prompt);
        }

        GeneratedToken token = _generator.Next(CancellationToken.None);
        Give(token);

        // Tokens of a forced span need no logits.
        while (token.FinishReason is null && _generator.IsNextForced)
        {
            token = _generator.Next(CancellationToken.None);
            Give(token);
        }

        if (token.Usage is { } usage)
        {
            // The prompt's tokens are counted already.
            AloraDiagnostics.Record(activity: null, usage with { ReusedTokens = 0, ComputedTokens = 0 }, Adapter?.Name);
            model.Logger.Generated(usage.GeneratedTokens, token.FinishReason!.Value, usage.TimePerToken.TotalMilliseconds);
        }

        return token.FinishReason is not null;
    }

    private void Give(GeneratedToken token)
    {
        Generated++;
        Interlocked.Increment(ref _unread);
        _channel.Writer.TryWrite(token);
    }
}
