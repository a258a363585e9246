using System.Diagnostics;

namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>
/// Says what an engine's next step does.
/// What it says depends on the state that it is given and on nothing else: there is no clock, no random number and no memory between calls.
/// It allocates only while there are more requests than ever before. Not thread-safe: its buffers are used again.
/// </summary>
/// <remarks>
/// The order of a plan, which is also the order in which an engine carries it out: preemptions, admissions, the chunk, decode runs.
/// <list type="bullet">
/// <item>A waiting request is admitted if its tokens and the first of its answer fit into the free rows, less what running ones were
/// promised. The tenant that has had least goes first, with ageing; within a tenant, who came first. Who does not fit is passed by other
/// tenants for <see cref="SchedulerSettings.Patience"/> steps, then nobody is admitted before it. Who needs a larger slot than there is
/// now stands in nobody's way, for nobody else's rows would be of use to it.</item>
/// <item>Requests with one pending token decode, at most <see cref="SchedulerSettings.MaxRows"/> of at most
/// <see cref="SchedulerSettings.MaxAdapters"/> adapters; more take turns.</item>
/// <item>One request has the chunk, of so many tokens that the step keeps to its time where others decode.</item>
/// <item>Requests with few pending tokens that do not get the chunk go on token by token beside others that decode; where any rows may
/// share a run (<see cref="SchedulerSettings.IsOneRun"/>), all tokens of several short prompts are in the run of the decode rows.</item>
/// <item>If there is no room for a running request's next row, the youngest gives its slot up and waits again. The oldest never does, so
/// that one gets on in any case: an engine refuses requests that are longer than all rows that there are.</item>
/// </list>
/// </remarks>
/// <example>
/// The loop of an engine:
/// <code>
/// Scheduler scheduler = new(settings);
/// TenantShares shares = new();
/// StepPlan plan = new();
/// for (long step = 1; ; step++)
/// {
///     FillViews(requests, views);        // a ScheduledRequest each, by arrival; shares.Enter(tenant) gave its Tenant
///     SchedulerState state = new(views, shares.All, step, arena.FreeRows + arena.DroppableRows);
///     scheduler.Plan(state, plan);
///     foreach (int index in plan.Preempted) { Park(requests[index]); }
///     foreach (int index in plan.Admitted) { GiveSlot(requests[index], settings.Rounded(views[index].Length)); }
///     if (plan.ChunkRequest >= 0) { Prefill(requests[plan.ChunkRequest], plan.ChunkTokens, plan.IsChunkAdapted); }
///     foreach (DecodeRun run in plan.Runs) { Decode(plan.Rows, run.First, run.Count, run.IsAdapted); }
///     shares.Record(state, plan);        // and LastServed = step for all of plan.Rows and the chunk
/// }
/// </code>
/// </example>
/// <param name="settings">The limits.</param>
internal sealed class Scheduler(SchedulerSettings settings)
{
    private readonly PlanDraft _draft = new();
    private readonly RowChoice _rows = new(settings);
    private readonly SharedRun _shared = new(settings);

    /// <summary>Plans a step.</summary>
    /// <param name="state">Where everything stands; its requests by arrival.</param>
    /// <param name="plan">Is overwritten.</param>
    public void Plan(in SchedulerState state, StepPlan plan)
    {
        Debug.Assert(IsByArrival(state.Requests), "Requests have to be in the order of their arrival.");
        plan.Clear();
        _draft.Begin(state, settings);
        Preemption.MakeRoom(state, settings, _draft, plan);
        Admission.Admit(state, settings, _draft, plan);
        plan.ChunkRequest = ChunkChoice.Choose(state, settings, _draft);
        plan.ExpectedMilliseconds = settings.IsOneRun ? _shared.Choose(state, _draft, plan) : _rows.Choose(state, _draft, plan);
        if (plan.ChunkRequest < 0 && plan.Tokens is [> 1])
        {
            // A prompt that is alone in the run is a chunk as any other.
            plan.ChunkRequest = plan.Rows[0];
            plan.ExpectedMilliseconds = 0;
            plan.Rows.Clear();
            plan.Tokens.Clear();
            plan.Runs.Clear();
        }

        if (plan.ChunkRequest >= 0)
        {
            plan.ChunkTokens = ChunkChoice.Tokens(state, settings, _draft, plan.ChunkRequest, plan.ExpectedMilliseconds);
            plan.IsChunkAdapted = state.Requests[plan.ChunkRequest].IsAdapted;
            plan.ExpectedMilliseconds += settings.Costs.Chunks.At(plan.ChunkTokens) * state.ChunkFactor;
        }
    }

    private static bool IsByArrival(ReadOnlySpan<ScheduledRequest> requests)
    {
        for (int i = 1; i < requests.Length; i++)
        {
            if (requests[i - 1].Arrival >= requests[i].Arrival)
            {
                return false;
            }
        }

        return true;
    }
}
