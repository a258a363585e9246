namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>
/// What is known while a plan is made: where each request stands by now. Its arrays grow with the number of requests only.
/// </summary>
internal sealed class PlanDraft
{
    private Standing[] _standings = [];
    private long[] _held = [];
    private double[] _outstanding = [];
    private long[] _marks = [];
    private long _mark;

    /// <summary>Rows that are still free.</summary>
    public long FreeRows { get; set; }

    /// <summary>Requests that have a slot.</summary>
    public int Holders { get; private set; }

    /// <summary>Where each request stands.</summary>
    public Span<Standing> Standings => _standings;

    /// <summary>Rows that each request holds, with what this plan gives it.</summary>
    public Span<long> Held => _held;

    /// <summary>Rows that each tenant's requests with a slot are still expected to compute.</summary>
    public Span<double> Outstanding => _outstanding;

    /// <summary>Begins with a state.</summary>
    public void Begin(in SchedulerState state, SchedulerSettings settings)
    {
        Reserve(ref _standings, state.Requests.Length);
        Reserve(ref _held, state.Requests.Length);
        Reserve(ref _outstanding, state.Tenants.Length);
        Reserve(ref _marks, state.Tenants.Length);
        _outstanding.AsSpan().Clear();
        FreeRows = state.FreeRows;
        Holders = 0;
        for (int i = 0; i < state.Requests.Length; i++)
        {
            ref readonly ScheduledRequest request = ref state.Requests[i];
            _held[i] = request.HeldRows;
            _standings[i] = request.HeldRows == 0 ? Standing.Waits : request.IsParked ? Standing.Rests : Standing.Runs;
            if (request.HeldRows > 0)
            {
                Hold(request, settings);
            }
        }
    }

    /// <summary>Gives a request a slot with room for its tokens.</summary>
    public void Admit(in SchedulerState state, SchedulerSettings settings, int index)
    {
        ref readonly ScheduledRequest request = ref state.Requests[index];
        _standings[index] = Standing.Runs;
        _held[index] = settings.Rounded(request.Length);
        FreeRows -= _held[index];
        Hold(request, settings);
    }

    /// <summary>Takes a request's slot away.</summary>
    public void GiveUp(int index)
    {
        _standings[index] = Standing.GaveUp;
        FreeRows += _held[index];
        _held[index] = 0;
        Holders--;
    }

    /// <summary>Forgets which tenants were marked.</summary>
    public void ClearMarks() => _mark++;

    /// <summary>Marks a tenant.</summary>
    /// <returns>Whether it was not marked yet.</returns>
    public bool Mark(int tenant)
    {
        bool isNew = _marks[tenant] != _mark;
        _marks[tenant] = _mark;
        return isNew;
    }

    private void Hold(in ScheduledRequest request, SchedulerSettings settings)
    {
        Holders++;
        _outstanding[request.Tenant] += request.Pending + Math.Min(request.MaxNewTokens, settings.AnswerRows);
    }

    private static void Reserve<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[Math.Max(length, array.Length * 2)];
        }
    }
}
