using System.Diagnostics;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Batching;
using ALoRA.Onnx.Serving.Requests;
using ALoRA.Onnx.Serving.Scheduling;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>
/// The engine's thread: takes requests in, gives them slots, computes step after step, hands tokens out. Its public members may be called
/// from any thread.
/// </summary>
internal sealed class StepLoop : IDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private readonly LoadedModel _model;
    private readonly EngineOptions _options;
    private readonly SlotArena _arena;
    private readonly SlotKeeper _slots;
    private readonly BatchRunner _runner;
    private readonly TokenChooser _chooser;
    private readonly Thread _thread;
    private readonly RequestQueue _queue;
    private readonly StepCommands _commands = new();
    private readonly ManualResetEventSlim _signal = new();
    private readonly Lock _gate = new();
    private readonly StepPlanner _planner;
    private readonly StallGuard _stalls;
    private readonly List<LiveRequest> _requests = [];
    private readonly List<LiveRequest> _planned = [];
    private readonly List<LiveRequest> _rows = [];
    private readonly List<(LiveRequest Request, Exception Exception)> _failed = [];
    private readonly EngineCounters _counters = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stops;
    private volatile bool _drains;

    public StepLoop(LoadedModel model, EngineOptions options, SlotArena arena, bool acrossScopes)
    {
        _model = model;
        _options = options;
        _arena = arena;
        _queue = new RequestQueue(options);
        _slots = new SlotKeeper(model, arena, new PrefixIndex(acrossScopes, options));
        _runner = new BatchRunner(model.Session, arena, model.Adapters, options.MaxAdaptersPerStep);
        _chooser = new TokenChooser(model, options.MaxRows);
        _planner = new StepPlanner(_slots, StepPlanner.SettingsOf(model.Session, options));
        _stalls = new StallGuard(options.TimeProvider, model.Logger, () => _slots.ParkAll(_requests), EndAll);
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
                return _counters.Read(_requests, _arena) with { KeptPrompts = _slots.Kept };
            }
        }
    }

    /// <summary>Takes a request in.</summary>
    /// <exception cref="AloraBusyException">Too many wait already.</exception>
    public void Submit(LiveRequest request)
    {
        _queue.Submit(request);
        request.Cancellation.Register(Wake);
        Wake();
    }

    /// <summary>Copies rows of a prompt's beginning into a sequence that is not the engine's; see <see cref="SlotKeeper.Fill"/>.</summary>
    public Task<int> FillAsync(Sequence target, ReadOnlyMemory<int> tokens) =>
        _commands.Add(() => _slots.Fill(target, tokens.Span, _requests), Wake);

    /// <summary>See <see cref="AloraEngine.ReadAllocationsAsync"/>.</summary>
    public Task<(long Steps, long Bytes)> ReadAllocationsAsync() =>
        _commands.Add(() => (_counters.Steps, GC.GetAllocatedBytesForCurrentThread()), Wake);

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
        _chooser.Dispose();
        _slots.Dispose();
        _arena.Dispose();
        _signal.Dispose();
    }

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
                // Whose fault it was is not known.
                _model.Logger.StepFailed(exception);
                EndAll(exception);
                works = true;
            }

            _stalls.Watch(works, _requests);
            if (!works)
            {
                _signal.Wait(_requests.Count > 0 ? Glance : Timeout.InfiniteTimeSpan);
            }
        }

        _commands.Close();
        _queue.Close();
        EndAll(new ObjectDisposedException("AloraEngine"));
        _drained.TrySetResult();
    }

    private bool Step()
    {
        _commands.Run();
        Take();
        EndUnwanted();
        if (_requests.Count == 0)
        {
            if (_drains && _queue.IsEmpty)
            {
                _drained.TrySetResult();
            }

            return false;
        }

        // Requests keep their indices until the plan is carried out.
        StepPlan plan = _planner.Plan(_requests);
        _planned.Clear();
        _planned.AddRange(_requests);
        foreach (int index in plan.Preempted)
        {
            Preempt(_planned[index]);
        }

        int admitted = 0;
        foreach (int index in plan.Admitted)
        {
            admitted += Admit(_planned[index]) ? 1 : 0;
        }

        // A question's first token does not wait for a step of all the others; when theirs come, is the same either way.
        int computed = Prefill(plan) + Decode(plan);
        _counters.Steps += computed > 0 ? 1 : 0;
        return computed + admitted > 0;
    }

    private void Take()
    {
        while (_queue.TryTake(out LiveRequest? request))
        {
            _planner.Enter(request);
            lock (_gate)
            {
                // Whoever was numbered first may have come second.
                int place = _requests.Count;
                while (place > 0 && _requests[place - 1].Number > request.Number)
                {
                    place--;
                }

                _requests.Insert(place, request);
            }
        }
    }

    private void EndUnwanted()
    {
        for (int i = _requests.Count - 1; i >= 0; i--)
        {
            if (RequestLimits.EndOf(_requests[i], _options) is Exception reason)
            {
                End(_requests[i], reason);
            }
        }
    }

    // The scheduler counts rows; whether there is a slot of the size is seen here. If not, the request waits on.
    private bool Admit(LiveRequest request)
    {
        int room = Math.Min(request.Tokens.Length + Math.Min(request.Remaining, _options.ReservedTokens), request.Tokens.MaxLength);
        bool isFirst = request.Reused is null;
        if (!_slots.TryAdmit(request, room, _requests))
        {
            return false;
        }

        if (isFirst)
        {
            _queue.Admitted();
            _counters.PromptTokens += request.PromptLength;
            _counters.CachedTokens += request.Reused ?? 0;
        }

        return true;
    }

    private int Decode(StepPlan plan)
    {
        int computed = 0;
        _rows.Clear();
        foreach (int index in plan.Rows)
        {
            if (IsReady(_planned[index]))
            {
                _rows.Add(_planned[index]);
            }
        }

        // Room for one may have been another one's.
        _rows.RemoveAll(static request => request.Waits);
        _runner.Begin(_rows, _slots.CachesOf(_requests));
        foreach (DecodeRun run in plan.Runs)
        {
            _rows.Clear();
            for (int i = run.First; i < run.First + run.Count; i++)
            {
                LiveRequest request = _planned[plan.Rows[i]];
                if (!request.Waits && !request.IsOver && request.Tokens.Pending > 0)
                {
                    _rows.Add(request);
                }
            }

            computed += _rows.Count;
            _failed.Clear();
            _runner.Run(_rows, _failed);
            foreach ((LiveRequest request, Exception exception) in _failed)
            {
                _rows.Remove(request);
                End(request, exception);
            }

            Choose();
        }

        return computed;
    }

    private int Prefill(StepPlan plan)
    {
        if (plan.ChunkRequest < 0 || !IsReady(_planned[plan.ChunkRequest]))
        {
            return 0;
        }

        LiveRequest request = _planned[plan.ChunkRequest];
        int computed;
        try
        {
            long started = Stopwatch.GetTimestamp();
            computed = request.Tokens.Sequence!.ComputeNext(plan.ChunkTokens);
            _planner.Measured(computed, Stopwatch.GetElapsedTime(started));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException or InsufficientMemoryException)
        {
            End(request, exception);
            return 1;
        }

        _rows.Clear();
        _rows.Add(request);
        Choose();
        return computed;
    }

    // Whether a request has a slot and room for its tokens there; rows that are rotated for another length of context are dropped.
    private bool IsReady(LiveRequest request)
    {
        if (request.Waits || request.IsOver || request.Tokens.Pending == 0)
        {
            return false;
        }

        while (!_slots.TryGrow(request))
        {
            LiveRequest youngest = _requests.Last(other => !other.Waits);
            if (ReferenceEquals(youngest, request) && _requests.Count(other => !other.Waits) == 1)
            {
                throw new InsufficientMemoryException("The only request that runs needs a larger slot than there is.");
            }

            Preempt(youngest);
            if (request.Waits)
            {
                return false;
            }
        }

        request.Tokens.Sequence!.PrepareRows();
        return true;
    }

    private void Preempt(LiveRequest request)
    {
        _slots.Park(request);
        _counters.Preemptions++;
    }

    // Tokens of those of the rows whose logits are at hand.
    private void Choose()
    {
        for (int i = _rows.Count - 1; i >= 0; i--)
        {
            if (_rows[i].Tokens.Pending > 0)
            {
                _rows.RemoveAt(i);
            }
            else
            {
                _counters.GeneratedTokens -= _rows[i].Generated;
            }
        }

        _chooser.Choose(_rows);
        foreach (LiveRequest request in _rows)
        {
            _counters.GeneratedTokens += request.Generated;
            if (request.IsComplete || request.Failure is not null)
            {
                End(request, request.Failure);
            }
            else if (request.Unread >= _options.MaxUnreadTokens)
            {
                // Its slot is everyone's meanwhile.
                request.RestsSince = _options.TimeProvider.GetTimestamp();
                _slots.Park(request);
            }
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
            _slots.Drop(request);
        }

        lock (_gate)
        {
            _requests.Remove(request);
            _counters.Count(exception);
        }

        _queue.Left(request);
        _planner.Leave(request);
        request.End(exception);
    }

    private void EndAll(Exception exception)
    {
        while (_requests.Count > 0)
        {
            _slots.Drop(_requests[^1]);
            End(_requests[^1], exception);
        }
    }
}
