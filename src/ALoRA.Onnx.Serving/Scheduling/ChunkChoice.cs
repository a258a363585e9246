namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>
/// Whose prompt gets on. The tenant that has had least goes first, with ageing. Within a tenant the shortest rest goes first, so that a
/// question does not wait for a book, and after some steps the oldest, so that the book is read.
/// </summary>
internal static class ChunkChoice
{
    /// <summary>The request whose prompt is computed next; -1 if there is none.</summary>
    public static int Choose(in SchedulerState state, SchedulerSettings settings, PlanDraft draft)
    {
        draft.ClearMarks();
        int best = -1;
        double least = double.PositiveInfinity;
        for (int i = 0; i < state.Requests.Length; i++)
        {
            if (!IsCandidate(state, settings, draft, i) || !draft.Mark(state.Requests[i].Tenant))
            {
                continue;
            }

            ref readonly ScheduledRequest oldest = ref state.Requests[i];
            double time = state.Tenants[oldest.Tenant].Time - (settings.Ageing * (state.Step - oldest.LastServed));
            if (time < least)
            {
                (best, least) = (i, time);
            }
        }

        return best < 0 || state.Step - state.Requests[best].LastServed > settings.ShortPrompts
            ? best
            : Shortest(state, settings, draft, best);
    }

    /// <summary>Tokens of the chunk.</summary>
    /// <param name="state">The state.</param>
    /// <param name="settings">The limits.</param>
    /// <param name="draft">The draft.</param>
    /// <param name="index">The request.</param>
    /// <param name="decodeMilliseconds">How long the decode rows of the step take; 0 if there are none.</param>
    public static int Tokens(
        in SchedulerState state, SchedulerSettings settings, PlanDraft draft, int index, double decodeMilliseconds)
    {
        ref readonly ScheduledRequest request = ref state.Requests[index];
        int most = Math.Min(settings.MaxChunk, request.Pending);
        if (request.IsBeforeActivation)
        {
            most = Math.Min(most, request.ActivationStart - request.Computed);
        }

        long room = draft.Held[index] + (draft.FreeRows / settings.RowGrain * settings.RowGrain) - request.Computed;
        most = (int)Math.Min(most, room);
        if (decodeMilliseconds == 0)
        {
            return most;
        }

        double left = (settings.StepMilliseconds - decodeMilliseconds) / state.ChunkFactor;
        return Math.Min(most, Math.Max(settings.Costs.ChunkWithin(left, most), settings.MinChunk));
    }

    private static bool IsCandidate(in SchedulerState state, SchedulerSettings settings, PlanDraft draft, int index) =>
        draft.Standings[index] == Standing.Runs && state.Requests[index].Pending > settings.ShortPrompt;

    private static int Shortest(in SchedulerState state, SchedulerSettings settings, PlanDraft draft, int oldest)
    {
        int best = oldest;
        for (int i = oldest + 1; i < state.Requests.Length; i++)
        {
            if (IsCandidate(state, settings, draft, i) && state.Requests[i].Tenant == state.Requests[oldest].Tenant
                && state.Requests[i].Pending < state.Requests[best].Pending)
            {
                best = i;
            }
        }

        return best;
    }
}
