namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>
/// What a step does. Numbers of requests are their indices in <see cref="SchedulerState.Requests"/>. Used again for each step.
/// </summary>
internal sealed class StepPlan
{
    /// <summary>
    /// Running requests that give their rows up, the youngest first; their ids stay, their rows may stay as a prefix that can be dropped.
    /// To be done before anything else.
    /// </summary>
    public List<int> Preempted { get; } = [];

    /// <summary>Waiting requests that get a slot with room for all their tokens.</summary>
    public List<int> Admitted { get; } = [];

    /// <summary>Requests that compute tokens in the decode runs, in the order of <see cref="Runs"/>.</summary>
    public List<int> Rows { get; } = [];

    /// <summary>
    /// How many tokens each of <see cref="Rows"/> computes, which it may need so many more rows for: one, and more where a run takes short
    /// prompts beside the decode rows (<see cref="SchedulerSettings.IsOneRun"/>).
    /// </summary>
    public List<int> Tokens { get; } = [];

    /// <summary>The decode runs.</summary>
    public List<DecodeRun> Runs { get; } = [];

    /// <summary>The request that computes a chunk; -1 if none does.</summary>
    public int ChunkRequest { get; set; } = -1;

    /// <summary>Tokens of the chunk, all on one side of the activation.</summary>
    public int ChunkTokens { get; set; }

    /// <summary>Whether the chunk is computed with the request's adapter; else by the base's graph.</summary>
    public bool IsChunkAdapted { get; set; }

    /// <summary>How long the step takes, by the table of costs.</summary>
    public double ExpectedMilliseconds { get; set; }

    /// <summary>Whether there is nothing to run.</summary>
    public bool IsEmpty => Rows.Count == 0 && ChunkRequest < 0;

    /// <summary>Adds a request to <see cref="Rows"/>.</summary>
    public void Add(int request, int tokens = 1)
    {
        Rows.Add(request);
        Tokens.Add(tokens);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Preempted.Clear();
        Admitted.Clear();
        ClearWork();
    }

    /// <summary>Forgets what is computed.</summary>
    public void ClearWork()
    {
        Rows.Clear();
        Tokens.Clear();
        Runs.Clear();
        ChunkRequest = -1;
        ChunkTokens = 0;
        IsChunkAdapted = false;
        ExpectedMilliseconds = 0;
    }
}
