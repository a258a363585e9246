namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>
/// The one run of a step where any rows may share one: those that decode, and next to them the tokens of short prompts, so that weights are
/// read once for all. Who was served longest ago goes first. Not thread-safe: its buffers are used again.
/// </summary>
internal sealed class SharedRun(SchedulerSettings settings)
{
    // Keys are step and index in one number, which sorts without a comparer and so without allocating.
    private const int IndexBits = 20;

    private readonly int[] _adapters = new int[settings.MaxAdapters];
    private long[] _keys = [];
    private int _adapterCount;

    /// <summary>Adds the rows and their run to a plan.</summary>
    /// <param name="state">The state.</param>
    /// <param name="draft">The draft.</param>
    /// <param name="plan">The plan.</param>
    /// <returns>How long the run takes.</returns>
    public double Choose(in SchedulerState state, PlanDraft draft, StepPlan plan)
    {
        int count = Candidates(state, draft, plan.ChunkRequest, out int decodes);
        _keys.AsSpan(0, count).Sort();
        _adapterCount = 0;
        int rows = 0;
        int shorts = 0;
        int waiting = Math.Min(decodes, settings.MaxRows);
        for (int i = 0; i < count && plan.Rows.Count < settings.MaxRows; i++)
        {
            int index = (int)(_keys[i] & ((1 << IndexBits) - 1));
            ref readonly ScheduledRequest request = ref state.Requests[index];
            int tokens = request.Pending == 1 ? 1 : Tokens(request, draft.Held[index] + Free(draft), rows + waiting, shorts, decodes > 0);
            waiting -= request.Pending == 1 && waiting > 0 ? 1 : 0;
            if (tokens > 0 && request.Adapter != 0 && request.Computed + tokens > request.ActivationStart && !HasPlace(request.Adapter))
            {
                tokens = Math.Max(request.ActivationStart - request.Computed, 0);
            }

            if (tokens > 0)
            {
                shorts += request.Pending > 1 ? 1 : 0;
                rows += tokens;
                Take(draft, index, settings.Rounded(request.Computed + tokens));
                plan.Add(index, tokens);
            }
        }

        if (plan.Rows.Count > 0)
        {
            plan.Runs.Add(new DecodeRun(0, plan.Rows.Count, _adapterCount > 0));
        }

        return Cost(rows);
    }

    private int Candidates(in SchedulerState state, PlanDraft draft, int chunk, out int decodes)
    {
        if (_keys.Length < state.Requests.Length)
        {
            _keys = new long[Math.Max(state.Requests.Length, _keys.Length * 2)];
        }

        decodes = 0;
        int count = 0;
        for (int i = 0; i < state.Requests.Length; i++)
        {
            ref readonly ScheduledRequest request = ref state.Requests[i];
            if (draft.Standings[i] == Standing.Runs && i != chunk && request.Pending >= 1 && request.Pending <= settings.ShortPrompt)
            {
                _keys[count++] = (request.LastServed << IndexBits) | (uint)i;
                decodes += request.Pending == 1 ? 1 : 0;
            }
        }

        return count;
    }

    // As many as fit into the run, into the slot, and into the time where others decode; a prompt goes on in any case.
    private int Tokens(in ScheduledRequest request, long held, int rows, int shorts, bool othersDecode)
    {
        int most = (int)Math.Min(Math.Min(request.Pending, settings.SharedRows - rows), held - request.Computed);
        int least = Math.Min(most, shorts == 0 ? settings.MinChunk : 1);
        while (othersDecode && most > least && Cost(rows + most) > settings.StepMilliseconds)
        {
            most--;
        }

        return most;
    }

    private double Cost(int rows) => (_adapterCount > 0 ? settings.Costs.AdaptedRows : settings.Costs.BaseRows).At(rows);

    private long Free(PlanDraft draft) => draft.FreeRows / settings.RowGrain * settings.RowGrain;

    private static void Take(PlanDraft draft, int index, long held)
    {
        if (held > draft.Held[index])
        {
            draft.FreeRows -= held - draft.Held[index];
            draft.Held[index] = held;
        }
    }

    private bool HasPlace(int adapter)
    {
        if (_adapters.AsSpan(0, _adapterCount).Contains(adapter))
        {
            return true;
        }

        if (_adapterCount == _adapters.Length)
        {
            return false;
        }

        _adapters[_adapterCount++] = adapter;
        return true;
    }
}
