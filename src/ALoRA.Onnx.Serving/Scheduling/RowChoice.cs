namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>
/// Which requests decode, and in which runs. Who was served longest ago goes first, so that rows and adapters beyond the limits take turns.
/// Not thread-safe: its buffers are used again.
/// </summary>
internal sealed class RowChoice(SchedulerSettings settings)
{
    // Keys are step and index in one number, which sorts without a comparer and so without allocating.
    private const int IndexBits = 20;

    private readonly RunSplits _baseSplits = new(settings.Costs.BaseRows, settings.MaxRows);
    private readonly RunSplits _adaptedSplits = new(settings.Costs.AdaptedRows, settings.MaxRows);
    private readonly int[] _adapters = new int[settings.MaxAdapters];
    private readonly long[] _adapted = new long[settings.MaxRows];
    private readonly int[] _riders = new int[settings.MaxRows];
    private long[] _keys = [];
    private int _adapterCount;
    private int _adaptedCount;
    private int _riderCount;

    /// <summary>Adds the rows and their runs to a plan.</summary>
    /// <param name="state">The state.</param>
    /// <param name="draft">The draft.</param>
    /// <param name="plan">The plan.</param>
    /// <returns>How long the runs take.</returns>
    public double Choose(in SchedulerState state, PlanDraft draft, StepPlan plan)
    {
        int count = Candidates(state, draft, plan.ChunkRequest);
        _keys.AsSpan(0, count).Sort();
        (_adapterCount, _adaptedCount, _riderCount) = (0, 0, 0);
        int chosen = 0;
        for (int i = 0; i < count && chosen < settings.MaxRows; i++)
        {
            int index = (int)(_keys[i] & ((1 << IndexBits) - 1));
            ref readonly ScheduledRequest request = ref state.Requests[index];
            if (!request.IsAdapted)
            {
                AddBase(request, index, plan);
                chosen++;
            }
            else if (HasPlace(request.Adapter))
            {
                _adapted[_adaptedCount++] = ((long)request.Adapter << IndexBits) | (uint)index;
                chosen++;
            }
        }

        return Distribute(plan);
    }

    // Rows of a prompt are base rows for others, too, and so the base's own graph computes them; those of an answer may ride with adapters.
    private void AddBase(in ScheduledRequest request, int index, StepPlan plan)
    {
        if (request.Pending > 1 || request.IsBeforeActivation)
        {
            plan.Add(index);
        }
        else
        {
            _riders[_riderCount++] = index;
        }
    }

    private int Candidates(in SchedulerState state, PlanDraft draft, int chunk)
    {
        if (_keys.Length < state.Requests.Length)
        {
            _keys = new long[Math.Max(state.Requests.Length, _keys.Length * 2)];
        }

        int shortest = AnyDecodes(state, draft) ? settings.ShortRun : 1;
        int count = 0;
        for (int i = 0; i < state.Requests.Length; i++)
        {
            ref readonly ScheduledRequest request = ref state.Requests[i];
            if (draft.Standings[i] == Standing.Runs && i != chunk && request.Pending >= 1 && request.Pending <= shortest)
            {
                _keys[count++] = (request.LastServed << IndexBits) | (uint)i;
            }
        }

        return count;
    }

    private static bool AnyDecodes(in SchedulerState state, PlanDraft draft)
    {
        for (int i = 0; i < state.Requests.Length; i++)
        {
            if (draft.Standings[i] == Standing.Runs && state.Requests[i].Pending == 1)
            {
                return true;
            }
        }

        return false;
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

    // Rows of the base's own graph are in the plan already; adapted ones follow by adapter, so that a run has as few as possible.
    private double Distribute(StepPlan plan)
    {
        int pure = plan.Rows.Count;
        int riding = Riding(pure, out double cost);
        for (int i = riding; i < _riderCount; i++)
        {
            plan.Add(_riders[i]);
        }

        AddRuns(plan, 0, plan.Rows.Count, _baseSplits, isAdapted: false);
        int first = plan.Rows.Count;
        _adapted.AsSpan(0, _adaptedCount).Sort();
        for (int i = 0; i < _adaptedCount; i++)
        {
            plan.Add((int)(_adapted[i] & ((1 << IndexBits) - 1)));
        }

        for (int i = 0; i < riding; i++)
        {
            plan.Add(_riders[i]);
        }

        AddRuns(plan, first, plan.Rows.Count - first, _adaptedSplits, isAdapted: true);
        return cost;
    }

    // How many base rows of answers ride in the run with adapters: all of them, if it costs the same.
    private int Riding(int pure, out double cost)
    {
        if (_adaptedCount == 0)
        {
            cost = _baseSplits.Cost(pure + _riderCount);
            return 0;
        }

        int best = _riderCount;
        cost = _baseSplits.Cost(pure) + _adaptedSplits.Cost(_adaptedCount + best);
        for (int riding = _riderCount - 1; riding >= 0; riding--)
        {
            double other = _baseSplits.Cost(pure + _riderCount - riding) + _adaptedSplits.Cost(_adaptedCount + riding);
            if (other < cost)
            {
                (best, cost) = (riding, other);
            }
        }

        return best;
    }

    private static void AddRuns(StepPlan plan, int first, int count, RunSplits splits, bool isAdapted)
    {
        while (count > 0)
        {
            int rows = splits.First(count);
            plan.Runs.Add(new DecodeRun(first, rows, isAdapted));
            first += rows;
            count -= rows;
        }
    }
}
