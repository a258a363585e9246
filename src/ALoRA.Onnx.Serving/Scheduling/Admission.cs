namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>
/// Which waiting requests get a slot. The tenant that has had least goes first, counting what its requests with a slot are still
/// expected to compute, and every step of waiting counts in its favour; within a tenant, who came first goes first.
/// </summary>
internal static class Admission
{
    /// <summary>Admits as many as fit.</summary>
    public static void Admit(in SchedulerState state, SchedulerSettings settings, PlanDraft draft, StepPlan plan)
    {
        // Who gave up would be the next to get the rows that it gave up.
        if (plan.Preempted.Count > 0)
        {
            return;
        }

        long available = draft.FreeRows - Promised(state, settings, draft);
        while (draft.Holders < settings.MaxHolders)
        {
            int next = Next(state, settings, draft);
            if (next < 0)
            {
                return;
            }

            ref readonly ScheduledRequest request = ref state.Requests[next];
            int rows = settings.RowsToAdmit(request);
            if (rows <= available || (draft.Holders == 0 && settings.Rounded(request.Length) <= draft.FreeRows))
            {
                draft.Admit(state, settings, next);
                plan.Admitted.Add(next);
                available -= rows;
            }
            else if (Waited(state, request) > settings.Patience)
            {
                return;
            }
            else
            {
                // Others may pass until its patience ends, but none of its own tenant.
                draft.Outstanding[request.Tenant] = double.PositiveInfinity;
            }
        }
    }

    // Rows that requests with a slot were admitted for, but do not hold yet.
    private static long Promised(in SchedulerState state, SchedulerSettings settings, PlanDraft draft)
    {
        long promised = 0;
        for (int i = 0; i < state.Requests.Length; i++)
        {
            if (draft.Standings[i] is Standing.Rests or Standing.Runs)
            {
                promised += Math.Max(0, settings.RowsToAdmit(state.Requests[i]) - draft.Held[i]);
            }
        }

        return promised;
    }

    private static int Next(in SchedulerState state, SchedulerSettings settings, PlanDraft draft)
    {
        draft.ClearMarks();
        int best = -1;
        double least = double.PositiveInfinity;
        for (int i = 0; i < state.Requests.Length; i++)
        {
            ref readonly ScheduledRequest request = ref state.Requests[i];
            if (draft.Standings[i] != Standing.Waits || request.IsParked || settings.RowsToAdmit(request) > state.LargestSlot
                || WaitsForPrefix(state, draft, request) || !draft.Mark(request.Tenant))
            {
                continue;
            }

            double time = state.Tenants[request.Tenant].Time + draft.Outstanding[request.Tenant]
                - (settings.Ageing * Waited(state, request));
            if (time < least)
            {
                (best, least) = (i, time);
            }
        }

        return best;
    }

    // What a tenant's own requests made it wait does not count, or many requests would be worth more than few.
    private static long Waited(in SchedulerState state, in ScheduledRequest request) =>
        state.Step - Math.Max(request.ArrivalStep, state.Tenants[request.Tenant].LastAdmission);

    // Only for one that gets on by itself, or that waits in turn for one that does, so that nobody waits for somebody who is stuck.
    private static bool WaitsForPrefix(in SchedulerState state, PlanDraft draft, in ScheduledRequest request)
    {
        ref readonly ScheduledRequest waiting = ref request;
        while ((uint)waiting.PrefixOf < (uint)state.Requests.Length)
        {
            ref readonly ScheduledRequest other = ref state.Requests[waiting.PrefixOf];
            if (draft.Standings[waiting.PrefixOf] == Standing.Runs)
            {
                return other.Computed < waiting.PrefixRows;
            }

            if (draft.Standings[waiting.PrefixOf] != Standing.Waits || other.IsParked || other.Arrival >= waiting.Arrival)
            {
                return false;
            }

            waiting = ref other;
        }

        return false;
    }
}
