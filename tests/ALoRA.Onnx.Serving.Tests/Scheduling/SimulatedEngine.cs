using ALoRA.Onnx.Serving.Scheduling;

namespace ALoRA.Onnx.Serving.Tests.Scheduling;

/// <summary>Carries plans out without a model, and checks at each step that a plan keeps what it promises.</summary>
internal sealed class SimulatedEngine(SchedulerSettings settings, int totalRows, IReadOnlyList<SimulatedRequest> requests)
{
    private readonly Scheduler _scheduler = new(settings);
    private readonly TenantShares _shares = new();
    private readonly StepPlan _plan = new();
    private readonly List<SimulatedRequest> _active = [];
    private long _arrivals;

    /// <summary>Steps so far.</summary>
    public long Step { get; private set; }

    /// <summary>Preemptions so far.</summary>
    public int Preemptions { get; private set; }

    /// <summary>Called with state and plan of each step, before it is carried out.</summary>
    public Action<ScheduledRequest[], StepPlan>? Planned { get; init; }

    /// <summary>Runs until all requests have ended.</summary>
    /// <param name="limit">Steps after which somebody starves.</param>
    public void Run(long limit)
    {
        while (requests.Any(request => request.Ended < 0))
        {
            Assert.IsLessThan(limit, Step, "Somebody starves.");
            RunStep();
        }
    }

    /// <summary>Runs one step.</summary>
    public void RunStep()
    {
        Step++;
        ComeAndGo();
        ScheduledRequest[] views = View();
        SchedulerState state = new(views, _shares.All, Step, totalRows - _active.Sum(request => request.Held));
        _scheduler.Plan(state, _plan);
        PlanChecks.Check(settings, state, _plan);
        AssertSame(state);
        Planned?.Invoke(views, _plan);
        CheckTurns();
        CarryOut();
        _shares.Record(state, _plan);
        Assert.IsLessThanOrEqualTo(totalRows, _active.Sum(request => request.Held));
        foreach (SimulatedRequest request in _active.Where(request => request.Generated == request.Answer).ToArray())
        {
            End(request);
        }
    }

    // A plan is a function of the state: the same scheduler and one that never planned anything say the same.
    private void AssertSame(in SchedulerState state)
    {
        StepPlan again = new();
        foreach (Scheduler scheduler in new[] { _scheduler, new Scheduler(settings) })
        {
            scheduler.Plan(state, again);
            CollectionAssert.AreEqual(_plan.Preempted, again.Preempted);
            CollectionAssert.AreEqual(_plan.Admitted, again.Admitted);
            CollectionAssert.AreEqual(_plan.Rows, again.Rows);
            CollectionAssert.AreEqual(_plan.Tokens, again.Tokens);
            CollectionAssert.AreEqual(_plan.Runs, again.Runs);
            Assert.AreEqual(
                (_plan.ChunkRequest, _plan.ChunkTokens, _plan.IsChunkAdapted, _plan.ExpectedMilliseconds),
                (again.ChunkRequest, again.ChunkTokens, again.IsChunkAdapted, again.ExpectedMilliseconds));
        }
    }

    private void ComeAndGo()
    {
        foreach (SimulatedRequest request in _active.Where(request => request.Cancelled <= Step).ToArray())
        {
            End(request);
        }

        foreach (SimulatedRequest request in requests.Where(request => request.Arrives == Step))
        {
            request.Arrival = _arrivals++;
            request.LastServed = Step;
            _shares.Enter(Name(request));
            _active.Add(request);
        }
    }

    private ScheduledRequest[] View()
    {
        for (int i = 0; i < _active.Count; i++)
        {
            _active[i].Index = i;
        }

        return
        [
            .. _active.Select(request =>
            {
                int tenant = _shares.Enter(Name(request));
                _shares.Leave(Name(request));
                SimulatedRequest? first = request.SharesWith < 0 ? null : requests[request.SharesWith];
                return request.View(tenant, Step, first is null || !_active.Contains(first) ? -1 : first.Index);
            }),
        ];
    }

    // Who could decode and does not has its turn after all others at the latest; those that came meanwhile go before it once.
    private void CheckTurns()
    {
        for (int i = 0; i < _active.Count; i++)
        {
            SimulatedRequest request = _active[i];
            bool isPassed = request.Held > 0 && request.Length - request.Computed == 1 && !request.RestsAt(Step)
                && !_plan.Rows.Contains(i) && !_plan.Preempted.Contains(i);
            request.Passed = isPassed ? request.Passed + 1 : 0;
            Assert.IsLessThanOrEqualTo(2 * settings.MaxHolders, request.Passed);
        }
    }

    private void CarryOut()
    {
        foreach (int index in _plan.Preempted)
        {
            Preemptions++;
            (_active[index].Held, _active[index].Computed) = (0, 0);
        }

        foreach (int index in _plan.Admitted)
        {
            SimulatedRequest request = _active[index];
            request.Held = settings.Rounded(request.Length);
            request.Computed = Math.Min(request.Found, request.Length - 1);
            request.Admitted = request.Admitted < 0 ? Step : request.Admitted;
        }

        foreach ((int index, int tokens) in _plan.Rows.Zip(_plan.Tokens))
        {
            Compute(_active[index], tokens);
        }

        if (_plan.ChunkRequest >= 0)
        {
            Compute(_active[_plan.ChunkRequest], _plan.ChunkTokens);
        }
    }

    private void Compute(SimulatedRequest request, int tokens)
    {
        request.Computed += tokens;
        request.RowsServed += tokens;
        request.LastServed = Step;
        request.Held = Math.Max(request.Held, settings.Rounded(request.Computed));
        if (request.Computed == request.Length)
        {
            request.Generated = Math.Min(request.Answer, request.Generated + 1 + request.Forced);
        }
    }

    private void End(SimulatedRequest request)
    {
        request.Ended = Step;
        request.Held = 0;
        _active.Remove(request);
        _shares.Leave(Name(request));
    }

    private static string Name(SimulatedRequest request) => $"tenant {request.Tenant}";
}
