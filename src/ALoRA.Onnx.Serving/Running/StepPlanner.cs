using ALoRA.Onnx.Serving.Requests;
using ALoRA.Onnx.Serving.Scheduling;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>
/// Tells the scheduler where the engine's requests stand, and keeps what it has to know from step to step. Not thread-safe.
/// </summary>
internal sealed class StepPlanner(SlotKeeper slots, SchedulerSettings settings)
{
    // How fast the measured times of chunks enter what is expected of the next ones.
    private const double Weight = 0.3;

    private readonly Scheduler _scheduler = new(settings);
    private readonly TenantShares _shares = new();
    private readonly StepPlan _plan = new();
    private ScheduledRequest[] _views = [];
    private long _version = -1;
    private double _chunkFactor = 1;

    /// <summary>Number of the last step.</summary>
    public long Step { get; private set; }

    /// <summary>The scheduler's limits of an engine.</summary>
    public static SchedulerSettings SettingsOf(EngineOptions options, int maxChunk, bool isOneRun = false) => new()
    {
        MaxRows = options.MaxRows,
        MaxAdapters = options.MaxAdaptersPerStep,
        MaxHolders = options.MaxRows,
        MaxChunk = maxChunk,
        StepMilliseconds = options.StepTime.TotalMilliseconds,
        AnswerRows = options.ReservedTokens,
        Costs = options.StepCosts ?? StepCosts.Assumed,
        IsOneRun = isOneRun,
    };

    /// <summary>Takes a request in.</summary>
    public void Enter(LiveRequest request)
    {
        request.TenantIndex = _shares.Enter(request.Tenant);
        request.ArrivalStep = request.LastServed = Step;
        _version = -1;
    }

    /// <summary>Lets a request go.</summary>
    public void Leave(LiveRequest request) => _shares.Leave(request.Tenant);

    /// <summary>Begins a step.</summary>
    public void Begin() => Step++;

    /// <summary>Plans the step, or plans it anew where slots were given out meanwhile. Valid until the next call.</summary>
    /// <param name="requests">All requests by arrival.</param>
    public StepPlan Plan(List<LiveRequest> requests)
    {
        if (_views.Length < requests.Count)
        {
            _views = new ScheduledRequest[Math.Max(requests.Count, 2 * _views.Length)];
        }

        for (int i = 0; i < requests.Count; i++)
        {
            requests[i].Index = i;
        }

        bool isStale = _version != slots.Version;
        _version = slots.Version;
        for (int i = 0; i < requests.Count; i++)
        {
            LiveRequest request = requests[i];
            if (isStale && request.Waits)
            {
                request.Known = slots.Look(request, requests);
            }

            _views[i] = ViewOf(request);
        }

        _scheduler.Plan(StateOf(requests), _plan);
        return _plan;
    }

    /// <summary>Counts what is carried out of the plan: who got a slot, and whose rows are computed.</summary>
    /// <param name="requests">The requests that it was made for.</param>
    public void Count(List<LiveRequest> requests)
    {
        _shares.Record(StateOf(requests), _plan);
        for (int i = 0; i < _plan.Rows.Count; i++)
        {
            LiveRequest request = requests[_plan.Rows[i]];
            request.LastServed = Step;
            request.RunTokens = _plan.Tokens[i];
        }

        if (_plan.ChunkRequest >= 0)
        {
            requests[_plan.ChunkRequest].LastServed = Step;
        }
    }

    /// <summary>Learns how long a chunk took.</summary>
    public void Measured(int tokens, TimeSpan time)
    {
        double factor = time.TotalMilliseconds / settings.Costs.Chunks.At(tokens);
        if (factor > 0)
        {
            _chunkFactor += Weight * (factor - _chunkFactor);
        }
    }

    private SchedulerState StateOf(List<LiveRequest> requests) =>
        new(_views.AsSpan(0, requests.Count), _shares.All, Step, slots.FreeRows, _chunkFactor, slots.LargestSlot);

    private static ScheduledRequest ViewOf(LiveRequest request)
    {
        // Who has ended since it was looked for computes nothing any more.
        LiveRequest? computing = request.Waits && request.Known.Computing is { IsOver: false } other ? other : null;
        return new ScheduledRequest
        {
            Arrival = request.Number,
            Tenant = request.TenantIndex,
            Adapter = request.Adapter?.Number ?? 0,
            Length = request.Tokens.Length,
            Computed = request.Waits ? Math.Min(request.Known.Rows, request.Tokens.Length - 1) : request.Tokens.Computed,
            ActivationStart = request.Adapter is null ? 0 : request.Start,
            HeldRows = request.Tokens.Sequence?.Cache.Capacity ?? 0,
            IsParked = request.RestsSince is not null,
            PrefixOf = computing?.Index ?? -1,
            PrefixRows = request.Known.RowsToCome,
            MaxNewTokens = request.Remaining,
            ArrivalStep = request.ArrivalStep,
            LastServed = request.LastServed,
        };
    }
}
