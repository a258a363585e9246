using ALoRA.Onnx.Serving.Requests;
using ALoRA.Onnx.Serving.Scheduling;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>
/// The requests of an engine and what a step does with them: takes them in, gives them slots, has their rows computed, hands tokens out.
/// Used by one thread, but for <see cref="Statistics"/>.
/// </summary>
/// <param name="options">The engine's.</param>
/// <param name="arena">Where all slots are, for figures.</param>
/// <param name="slots">Who has which slot.</param>
/// <param name="queue">Where requests come from.</param>
/// <param name="planner">Says what a step does.</param>
/// <param name="computer">What computes.</param>
internal sealed class EngineSteps(
    EngineOptions options, SlotArena arena, SlotKeeper slots, RequestQueue queue, StepPlanner planner, IStepComputer computer)
{
    private readonly Lock _gate = new();
    private readonly List<LiveRequest> _requests = [];
    private readonly List<LiveRequest> _planned = [];
    private readonly List<LiveRequest> _rows = [];
    private readonly List<(LiveRequest Request, Exception Exception)> _failed = [];
    private readonly EngineCounters _counters = new();
    private readonly RecentSteps _recent = new();

    /// <summary>All requests by arrival.</summary>
    public List<LiveRequest> Requests => _requests;

    /// <summary>Steps that computed anything.</summary>
    public long Steps => _counters.Steps;

    /// <summary>Figures of now, for any thread.</summary>
    public EngineStatistics Statistics
    {
        get
        {
            lock (_gate)
            {
                return _counters.Read(_requests, arena) with { KeptPrompts = slots.Kept };
            }
        }
    }

    /// <summary>Requests and steps of now, for any thread.</summary>
    public EngineActivity Activity
    {
        get
        {
            lock (_gate)
            {
                return new EngineActivity { Requests = [.. _requests.Select(request => request.State)], Steps = _recent.Read() };
            }
        }
    }

    /// <summary>Takes in who came, ends who is not wanted, and computes a step of the others.</summary>
    /// <returns>Whether anything was computed, or slots changed hands, so that there is something else to do now.</returns>
    public bool Step()
    {
        Take();
        EndUnwanted();
        if (_requests.Count == 0)
        {
            return false;
        }

        long started = options.TimeProvider.GetTimestamp();
        long preempted = _counters.Preemptions;
        long cached = _counters.CachedTokens;
        StepPlan plan = GiveSlots(out int admitted);

        // A question's first token does not wait for a step of all the others; when theirs come, is the same either way.
        int prompt = Prefill(plan);
        int rows = Decode(plan);
        int computed = prompt + rows;
        if (computed > 0)
        {
            _counters.Steps++;
            _recent.Add(new EngineStep(
                _counters.Steps, rows, prompt, (int)(_counters.CachedTokens - cached), options.TimeProvider.GetElapsedTime(started)));
        }

        return computed + admitted > 0 || _counters.Preemptions > preempted;
    }

    /// <summary>Ends all requests.</summary>
    public void EndAll(Exception exception)
    {
        while (_requests.Count > 0)
        {
            slots.Drop(_requests[^1]);
            End(_requests[^1], exception);
        }
    }

    private void Take()
    {
        while (queue.TryTake(out LiveRequest? request))
        {
            planner.Enter(request);
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
            if (RequestLimits.EndOf(_requests[i], options) is Exception reason)
            {
                End(_requests[i], reason);
            }
        }
    }

    // The scheduler counts rows, and knows the largest slot: of two that want it, one gets none. Then what was to be computed is planned
    // anew, for the chunk may have been that one's, who would have it again and again while nobody computes.
    private StepPlan GiveSlots(out int admitted)
    {
        // Requests keep their indices until the plan is carried out.
        _planned.Clear();
        _planned.AddRange(_requests);
        planner.Begin();
        admitted = 0;
        while (true)
        {
            StepPlan plan = planner.Plan(_planned);
            foreach (int index in plan.Preempted)
            {
                Preempt(_planned[index]);
            }

            int wanted = plan.Admitted.Count;
            for (int i = 0; i < plan.Admitted.Count; i++)
            {
                if (!Admit(_planned[plan.Admitted[i]]))
                {
                    plan.Admitted.RemoveAt(i--);
                }
            }

            admitted += plan.Admitted.Count;
            bool isDone = plan.Admitted.Count == wanted || plan.Admitted.Count == 0;
            if (!isDone)
            {
                plan.ClearWork();
            }

            planner.Count(_planned);
            if (isDone)
            {
                return plan;
            }
        }
    }

    private bool Admit(LiveRequest request)
    {
        int room = Math.Min(request.Tokens.Length + Math.Min(request.Remaining, options.ReservedTokens), request.Tokens.MaxLength);
        bool isFirst = request.Reused is null;
        if (!slots.TryAdmit(request, room, _requests))
        {
            return false;
        }

        if (isFirst)
        {
            queue.Admitted();
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
        computer.Begin(_rows, slots.CachesOf(_requests));
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
            computer.Run(_rows, _failed);
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
            long started = options.TimeProvider.GetTimestamp();
            computed = computer.Prefill(request, plan.ChunkTokens);
            planner.Measured(computed, options.TimeProvider.GetElapsedTime(started));
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

        while (!slots.TryGrow(request))
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
        slots.Park(request);
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

        computer.Choose(_rows);
        foreach (LiveRequest request in _rows)
        {
            _counters.GeneratedTokens += request.Generated;
            if (request.IsComplete || request.Failure is not null)
            {
                End(request, request.Failure);
            }
            else if (request.Unread >= options.MaxUnreadTokens)
            {
                // Its slot is everyone's meanwhile.
                request.RestsSince = options.TimeProvider.GetTimestamp();
                slots.Park(request);
            }
        }
    }

    private void End(LiveRequest request, Exception? exception)
    {
        if (exception is null or OperationCanceledException or TimeoutException)
        {
            slots.Park(request);
        }
        else
        {
            slots.Drop(request);
        }

        lock (_gate)
        {
            _requests.Remove(request);
            _counters.Count(exception);
        }

        queue.Left(request);
        planner.Leave(request);
        request.End(exception);
    }
}
