namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>Sees to it that every running request has room for one more row; where there is none, the youngest gives its slot up.</summary>
internal static class Preemption
{
    /// <summary>Makes room, the oldest request's first, so that whoever has got it keeps it.</summary>
    public static void MakeRoom(in SchedulerState state, SchedulerSettings settings, PlanDraft draft, StepPlan plan)
    {
        for (int i = 0; i < state.Requests.Length; i++)
        {
            ref readonly ScheduledRequest request = ref state.Requests[i];
            if (draft.Standings[i] != Standing.Runs || request.Pending == 0)
            {
                continue;
            }

            long missing = settings.Rounded(request.Computed + 1) - draft.Held[i];
            while (missing > draft.FreeRows && draft.Holders > 1 && draft.Standings[i] == Standing.Runs)
            {
                int youngest = Youngest(draft, state.Requests.Length);
                draft.GiveUp(youngest);
                plan.Preempted.Add(youngest);
            }

            if (draft.Standings[i] == Standing.Runs && missing > 0)
            {
                Take(draft, i, missing);
            }
        }
    }

    private static void Take(PlanDraft draft, int index, long missing)
    {
        if (missing > draft.FreeRows)
        {
            draft.Standings[index] = Standing.Stuck;
            return;
        }

        draft.FreeRows -= missing;
        draft.Held[index] += missing;
    }

    private static int Youngest(PlanDraft draft, int count)
    {
        int index = count - 1;
        while (draft.Standings[index] is Standing.Waits or Standing.GaveUp)
        {
            index--;
        }

        return index;
    }
}
