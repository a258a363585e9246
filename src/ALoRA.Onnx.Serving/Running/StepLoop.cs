using System.Collections.Concurrent;
using System.Diagnostics;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Batching;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>
/// The engine's thread: takes requests in, gives them slots, computes step after step, hands tokens out. Its public members may be called
/// from any thread.
/// </summary>
internal sealed class StepLoop : IDisposable
{
    // A prompt's first tokens say little about how long the others take, so that a chunk has some at least.
    private const int SmallestChunk = 16;

    // Few tokens go one by one with the others' rows, which costs no run of their own.
    private const int FewTokens = 8;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private readonly LoadedModel _model;
    private readonly EngineOptions _options;
    private readonly SlotArena _arena;
    private readonly SlotKeeper _slots;
    private readonly BatchRunner _runner;
    private readonly Thread _thread;
    private readonly ConcurrentQueue<LiveRequest> _submitted = new();
    private readonly ManualResetEventSlim _signal = new();
    private readonly Lock _gate = new();
    private readonly List<LiveRequest> _waiting = [];
    private readonly List<LiveRequest> _running = [];
    private readonly List<LiveRequest> _rows = [];
    private readonly List<(LiveRequest Request, Exception Exception)> _failed = [];
    private readonly EngineCounters _counters = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private double _secondsPerToken = 0.001;
    private int _queued;
    private volatile bool _stops;
    private volatile bool _drains;

    public StepLoop(LoadedModel model, EngineOptions options, SlotArena arena, bool acrossScopes)
    {
        _model = model;
        _options = options;
        _arena = arena;
        _slots = new SlotKeeper(model, arena, acrossScopes);
        _runner = new BatchRunner(model.Session, arena, model.Adapters, options.MaxAdaptersPerStep);
        _thread = new Thread(Run) { Name = "ALoRA.Onnx engine", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Done when all requests have ended after <see cref="Drain"/>.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Figures of now.</summary>
    public EngineStatistics Statistics
    {
        get
        {
            lock (_gate)
            {
                return _counters.Read(_running, _waiting, Volatile.Read(ref _queued), _arena);
            }
        }
    }

    /// <summary>Takes a request in.</summary>
    /// <exception cref="AloraBusyException">Too many wait already.</exception>
    public void Submit(LiveRequest request)
    {
        if (Interlocked.Increment(ref _queued) > _options.MaxQueuedRequests + FreePlaces)
        {
            Interlocked.Decrement(ref _queued);
            throw new AloraBusyException(
                $"{_options.MaxQueuedRequests} requests wait for their turn already, and no more may ({nameof(EngineOptions)}."
                + $"{nameof(EngineOptions.MaxQueuedRequests)}). Send the request again later, or raise the limit.")
            {
                MaxQueuedRequests = _options.MaxQueuedRequests,
            };
        }

        _submitted.Enqueue(request);
        request.Cancellation.Register(Wake);
        Wake();
    }

    /// <summary>Looks again for something to do.</summary>
    public void Wake() => _signal.Set();

    /// <summary>Lets what is there come to its end.</summary>
    public void Drain()
    {
        _drains = true;
        Wake();
    }

    /// <summary>Cancels all requests and ends the thread.</summary>
    public void Dispose()
    {
        _stops = true;
        Wake();
        _thread.Join();
        _runner.Dispose();
        _slots.Dispose();
        _arena.Dispose();
        _signal.Dispose();
    }

    private int FreePlaces => Math.Max(_options.MaxRows - Volatile.Read(ref _counters.Running), 0);

    private void Run()
    {
        while (!_stops)
        {
            _signal.Reset();
            bool works;
            try
            {
                works = Step();
            }
            catch (Exception exception) when (exception is not OutOfMemoryException or InsufficientMemoryException)
            {
                // Whose fault it was is not known: all that were at work fail, and those that wait go on.
                _model.Logger.StepFailed(exception);
                EndAll(_running, exception);
                works = true;
            }

            if (!works)
            {
                _signal.Wait(_waiting.Count + _running.Count > 0 ? Glance : Timeout.InfiniteTimeSpan);
            }
        }

        Take();
        EndAll(_running, new ObjectDisposedException(nameof(AloraEngine)));
        EndAll(_waiting, new ObjectDisposedException(nameof(AloraEngine)));
        _drained.TrySetResult();
    }

    private bool Step()
    {
        Take();
        EndUnwanted();
        Admit();
        if (_drains && _running.Count + _waiting.Count == 0 && _submitted.IsEmpty)
        {
            _drained.TrySetResult();
        }

        bool works = Decode();
        works |= Prefill();
        if (works)
        {
            _counters.Steps++;
        }

        return works;
    }

    private void Take()
    {
        lock (_gate)
        {
            while (_submitted.TryDequeue(out LiveRequest? request))
            {
                _waiting.Add(request);
            }
        }
    }

    // Cancelled ones, those that waited too long, and those whose readers are too slow.
    private void EndUnwanted()
    {
        foreach (LiveRequest request in _waiting.Concat(_running).ToArray())
        {
            if (request.Cancellation.IsCancellationRequested)
            {
                End(request, new OperationCanceledException(request.Cancellation));
            }
            else if (request.Tokens.Sequence is null && request.Generated == 0 && request.Age > _options.MaxQueueTime)
            {
                End(request, new AloraBusyException(
                    $"The request waited {_options.MaxQueueTime} for its turn, and may not wait longer ({nameof(EngineOptions)}."
                    + $"{nameof(EngineOptions.MaxQueueTime)}). Send it again later, or raise the limit.")
                {
                    MaxQueueTime = _options.MaxQueueTime,
                });
            }
            else if (request.RestsSince is long since)
            {
                if (request.Unread <= _options.MaxUnreadTokens / 2)
                {
                    request.RestsSince = null;
                }
                else if (_options.TimeProvider.GetElapsedTime(since) > _options.MaxReaderDelay)
                {
                    End(request, new TimeoutException(
                        $"{request.Unread} tokens wait for a reader who took none for {_options.MaxReaderDelay}. Read faster, or raise "
                        + $"{nameof(EngineOptions)}.{nameof(EngineOptions.MaxReaderDelay)}."));
                }
            }
        }
    }

    private void Admit()
    {
        for (int i = 0; i < _waiting.Count && _running.Count < _options.MaxRows; i++)
        {
            LiveRequest request = _waiting[i];
            int room = Math.Min(request.Tokens.Length + Math.Min(request.Remaining, _options.ReservedTokens), request.Tokens.MaxLength);
            if (_slots.ShouldWait(request, _running) || !_slots.TryAdmit(request, room, _running))
            {
                continue;
            }

            lock (_gate)
            {
                _waiting.RemoveAt(i--);
                _running.Add(request);
                Interlocked.Decrement(ref _queued);
                _counters.Running = _running.Count;
                if (request.Generated == 0)
                {
                    _counters.PromptTokens += request.PromptLength;
                    _counters.CachedTokens += request.Reused ?? 0;
                }
            }
        }
    }

    private bool Decode()
    {
        _rows.Clear();
        bool othersDecode = _running.Exists(request => request.RestsSince is null && request.Tokens.Pending == 1);
        foreach (LiveRequest request in _running.ToArray())
        {
            if (request.RestsSince is null
                && request.Tokens.Sequence is not null
                && (request.Tokens.Pending == 1 || (othersDecode && request.Tokens.Pending <= FewTokens))
                && HasRoomToGrow(request))
            {
                request.Tokens.Sequence.PrepareRows();
                if (request.Tokens.Pending <= FewTokens)
                {
                    _rows.Add(request);
                }
            }
        }

        _rows.RemoveAll(request => request.Tokens.Sequence is null);
        if (_rows.Count == 0)
        {
            return false;
        }

        _failed.Clear();
        _runner.Run(_rows, _slots.CachesOf(_running), _failed);
        foreach ((LiveRequest request, Exception exception) in _failed)
        {
            _rows.Remove(request);
            End(request, exception);
        }

        foreach (LiveRequest request in _rows)
        {
            Choose(request);
        }

        return true;
    }

    // A request that needs a larger slot than there is gets it from the youngest, which is computed again later.
    private bool HasRoomToGrow(LiveRequest request)
    {
        while (!_slots.TryGrow(request))
        {
            LiveRequest youngest = _running.Where(other => other.Tokens.Sequence is not null).MaxBy(other => other.Number)!;
            if (ReferenceEquals(youngest, request) && _running.Count == 1)
            {
                throw new InsufficientMemoryException("The only request that runs needs more room than there is.");
            }

            _slots.Park(youngest);
            _counters.Preemptions++;
            lock (_gate)
            {
                _running.Remove(youngest);
                _waiting.Insert(0, youngest);
                Interlocked.Increment(ref _queued);
                _counters.Running = _running.Count;
            }

            if (ReferenceEquals(youngest, request))
            {
                return false;
            }
        }

        return true;
    }

    private bool Prefill()
    {
        LiveRequest? request = _running.Find(one => one.RestsSince is null && one.Tokens.Pending > 1 && !_rows.Contains(one));
        if (request is null || !HasRoomToGrow(request))
        {
            return false;
        }

        int most = _model.Session.PrefillChunkSize;
        if (_rows.Count > 0)
        {
            most = Math.Clamp((int)(_options.StepTime.TotalSeconds / _secondsPerToken), SmallestChunk, most);
        }

        try
        {
            long started = Stopwatch.GetTimestamp();
            int computed = request.Tokens.Sequence!.ComputeNext(most);
            if (computed >= SmallestChunk)
            {
                _secondsPerToken = Stopwatch.GetElapsedTime(started).TotalSeconds / computed;
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException or InsufficientMemoryException)
        {
            End(request, exception);
            return true;
        }

        Choose(request);
        return true;
    }

    private void Choose(LiveRequest request)
    {
        if (request.Tokens.Pending > 0)
        {
            return;
        }

        try
        {
            int before = request.Generated;
            bool isLast = request.Next(_model);
            _counters.GeneratedTokens += request.Generated - before;
            if (isLast)
            {
                End(request, null);
            }
            else if (request.Unread >= _options.MaxUnreadTokens)
            {
                request.RestsSince = _options.TimeProvider.GetTimestamp();
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException or InsufficientMemoryException)
        {
            End(request, exception);
        }
    }

    private void End(LiveRequest request, Exception? exception)
    {
        if (exception is null or OperationCanceledException or TimeoutException)
        {
            _slots.Park(request);
        }
        else
        {
            SlotKeeper.Drop(request);
        }

        lock (_gate)
        {
            if (_waiting.Remove(request))
            {
                Interlocked.Decrement(ref _queued);
            }

            _running.Remove(request);
            _counters.Running = _running.Count;
            _counters.Count(exception);
        }

        request.End(exception);
    }

    private void EndAll(List<LiveRequest> requests, Exception exception)
    {
        foreach (LiveRequest request in requests.ToArray())
        {
            SlotKeeper.Drop(request);
            End(request, exception);
        }
    }
}
