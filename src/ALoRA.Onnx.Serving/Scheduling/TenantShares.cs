namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>
/// Keeps the virtual times of the tenants that have requests. Not thread-safe. A tenant that comes begins where the one of those at work
/// stands that has had least, so that nobody saves time up by being away; and one that comes back does not get rid of what it has had.
/// </summary>
internal sealed class TenantShares
{
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _away = new(StringComparer.Ordinal);
    private readonly Stack<int> _free = [];
    private readonly List<string> _passed = [];
    private TenantShare[] _shares = [];
    private int[] _requests = [];

    /// <summary>All tenants; those that have left have an index until another one gets it.</summary>
    public ReadOnlySpan<TenantShare> All => _shares;

    /// <summary>Notes that a tenant has one more request.</summary>
    /// <param name="tenant">Its name; null is a tenant as well.</param>
    /// <returns>Its index, which is valid until all of its requests have left.</returns>
    public int Enter(string? tenant)
    {
        // A name may be empty, but none begins with a null character and goes on like this.
        string key = tenant ?? "\0none";
        if (!_indices.TryGetValue(key, out int index))
        {
            double start = Start();
            index = Allocate();
            _shares[index] = new TenantShare(_away.Remove(key, out double time) ? Math.Max(time, start) : start, 0);
            _indices.Add(key, index);
        }

        _requests[index]++;
        return index;
    }

    /// <summary>Notes that a request of a tenant has ended.</summary>
    /// <param name="tenant">The name that was given to <see cref="Enter"/>.</param>
    public void Leave(string? tenant)
    {
        string key = tenant ?? "\0none";
        int index = _indices[key];
        if (--_requests[index] == 0)
        {
            _indices.Remove(key);
            _away[key] = _shares[index].Time;
            _free.Push(index);
        }
    }

    /// <summary>Counts what a plan computes.</summary>
    public void Record(in SchedulerState state, StepPlan plan)
    {
        foreach (int request in plan.Admitted)
        {
            ref TenantShare share = ref _shares[state.Requests[request].Tenant];
            share = share with { LastAdmission = state.Step };
        }

        for (int i = 0; i < plan.Rows.Count; i++)
        {
            Add(state.Requests[plan.Rows[i]].Tenant, plan.Tokens[i]);
        }

        if (plan.ChunkRequest >= 0)
        {
            Add(state.Requests[plan.ChunkRequest].Tenant, plan.ChunkTokens);
        }
    }

    private void Add(int tenant, int rows) => _shares[tenant] = _shares[tenant] with { Time = _shares[tenant].Time + rows };

    // Where all are away nobody competes, and what they have had says nothing about who comes next.
    private double Start()
    {
        if (_indices.Count == 0)
        {
            _away.Clear();
            return 0;
        }

        double start = double.PositiveInfinity;
        foreach (int index in _indices.Values)
        {
            start = Math.Min(start, _shares[index].Time);
        }

        foreach ((string key, double time) in _away)
        {
            if (time <= start)
            {
                _passed.Add(key);
            }
        }

        _passed.ForEach(key => _away.Remove(key));
        _passed.Clear();
        return start;
    }

    private int Allocate()
    {
        if (_free.TryPop(out int index))
        {
            return index;
        }

        index = _indices.Count;
        if (index == _shares.Length)
        {
            Array.Resize(ref _shares, Math.Max(4, 2 * index));
            Array.Resize(ref _requests, _shares.Length);
        }

        return index;
    }
}
