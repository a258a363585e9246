using ALoRA.Onnx.Cluster.Wire;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>
/// A run on this server's engine that another server reads. Tokens are kept until the reader says that it has them, and no more are taken
/// from the engine than it asks for: the engine rests a request whose tokens nobody takes. One reader; a call that it has given up may
/// still wait beside the next one.
/// </summary>
internal sealed class HostedRun : IAsyncDisposable
{
    private const int MostTokens = 64;

    private readonly SemaphoreSlim _one = new(1);
    private readonly CancellationTokenSource _ended = new();
    private readonly EngineAnswer _answer;
    private readonly IDisposable _resources;
    private readonly TimeProvider _time;
    private readonly List<TokenDelta> _kept = [];
    private readonly IAsyncEnumerator<GeneratedToken> _tokens;
    private Task<bool>? _next;
    private int _first;
    private RunState _state;
    private FaultForm? _fault;
    private long _lastRead;
    private int _isDisposed;
    private bool _isTold;

    /// <param name="owner">The server that reads.</param>
    /// <param name="first">Index of the first token to come.</param>
    /// <param name="answer">The tokens; owned.</param>
    /// <param name="resources">What is freed when the run ends.</param>
    /// <param name="time">The clock.</param>
    public HostedRun(SiloAddress? owner, int first, EngineAnswer answer, IDisposable resources, TimeProvider time)
    {
        Owner = owner;
        _first = first;
        _answer = answer;
        _resources = resources;
        _time = time;
        _tokens = answer.GetAsyncEnumerator(_ended.Token);
        Touch();
    }

    /// <summary>The server that reads; null if it did not say so.</summary>
    public SiloAddress? Owner { get; }

    /// <summary>Since when nobody read.</summary>
    public TimeSpan Unread => _time.GetElapsedTime(Volatile.Read(ref _lastRead));

    /// <summary>Whether its reader has all of it, or nobody wants it.</summary>
    public bool IsRead => _isDisposed != 0 || (_state != RunState.Runs && _isTold);

    /// <summary>Says that somebody still wants it.</summary>
    public void Touch() => Volatile.Write(ref _lastRead, _time.GetTimestamp());

    /// <summary>Ends it so that its reader goes on elsewhere.</summary>
    public ValueTask HandOverAsync()
    {
        _state = RunState.HandsOver;
        return DisposeAsync();
    }

    /// <summary>Gives what there is from an index on.</summary>
    /// <param name="from">Index of the first token that the reader does not have.</param>
    /// <param name="patience">How long to wait for one.</param>
    public async Task<RunBatch> ReadAsync(int from, TimeSpan patience)
    {
        Touch();
        if (!await _one.WaitAsync(patience).ConfigureAwait(false))
        {
            return new RunBatch();
        }

        try
        {
            if (from < _first || from > _first + _kept.Count)
            {
                return new RunBatch { State = RunState.Unknown };
            }

            _kept.RemoveRange(0, from - _first);
            _first = from;
            await FillAsync(patience).ConfigureAwait(false);
            Touch();
            bool isAll = _state != RunState.Runs;
            _isTold |= isAll;
            return new RunBatch
            {
                State = _state,
                Tokens = [.. _kept],
                Prompt = _answer.PromptUsage.IsCompletedSuccessfully ? UsageForm.Of(await _answer.PromptUsage.ConfigureAwait(false)) : null,
                Fault = isAll ? _fault : null,
            };
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await _ended.CancelAsync().ConfigureAwait(false);
            await _answer.DisposeAsync().ConfigureAwait(false);
            _resources.Dispose();
        }
    }

    private async Task FillAsync(TimeSpan patience)
    {
        while (_state == RunState.Runs && _kept.Count < MostTokens)
        {
            _next ??= _tokens.MoveNextAsync().AsTask();
            if (!_next.IsCompleted)
            {
                if (_kept.Count > 0 || !await HasEndedAsync(_next, patience).ConfigureAwait(false))
                {
                    return;
                }
            }

            await TakeAsync(_next).ConfigureAwait(false);
            _next = null;
        }
    }

    private static async Task<bool> HasEndedAsync(Task task, TimeSpan patience)
    {
        await Task.WhenAny(task, Task.Delay(patience)).ConfigureAwait(false);
        return task.IsCompleted;
    }

    private async Task TakeAsync(Task<bool> next)
    {
        try
        {
            if (await next.ConfigureAwait(false))
            {
                GeneratedToken token = _tokens.Current;
                _kept.Add(TokenDelta.Of(token));
                if (token.FinishReason is null)
                {
                    return;
                }
            }

            _state = RunState.Ended;
        }
#pragma warning disable CA1031 // Whatever it is, the reader hears of it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (_state == RunState.Runs)
            {
                (_state, _fault) = RunFaults.Of(exception);
            }
        }

        _resources.Dispose();
    }
}
