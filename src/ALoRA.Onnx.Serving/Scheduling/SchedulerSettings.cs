namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>Limits of a scheduler.</summary>
internal sealed record SchedulerSettings
{
    /// <summary>Most decode rows of a step.</summary>
    public int MaxRows { get; init; } = 16;

    /// <summary>Most different adapters among the decode rows of a step. The chunk's own run does not count.</summary>
    public int MaxAdapters { get; init; } = 8;

    /// <summary>
    /// Most requests that have a slot at a time. More than <see cref="MaxRows"/> take turns, so that a slow reader's slot costs no row.
    /// </summary>
    public int MaxHolders { get; init; } = 16;

    /// <summary>Most tokens of a chunk.</summary>
    public int MaxChunk { get; init; } = 512;

    /// <summary>Tokens of a chunk that are computed even if the step takes too long, so that a prompt ends one day.</summary>
    public int MinChunk { get; init; } = 16;

    /// <summary>The time that a step with decode rows and a chunk should take.</summary>
    public double StepMilliseconds { get; init; } = 200;

    /// <summary>
    /// Rows are reserved in multiples of this: the capacity of a slot where each request has a whole slot, the size of a block where memory
    /// is in blocks.
    /// </summary>
    public int RowGrain { get; init; } = 1;

    /// <summary>
    /// Pending tokens up to which a request that does not get the chunk goes on token by token beside others that decode.
    /// </summary>
    public int ShortRun { get; init; } = 8;

    /// <summary>Tokens of an answer, at most, for which there must be room when a request is admitted.</summary>
    public int AnswerRows { get; init; } = 256;

    /// <summary>By how many rows of its tenant's virtual time a request gets ahead for each step that it waits.</summary>
    public double Ageing { get; init; } = 8;

    /// <summary>Steps after which a request that does not fit is no longer passed by others that do.</summary>
    public int Patience { get; init; } = 64;

    /// <summary>Steps in which the shortest prompt of a tenant goes first, before the oldest has the chunk again.</summary>
    public int ShortPrompts { get; init; } = 3;

    /// <summary>
    /// Whether any rows may share a run: then one run computes all decode rows of a step, and the tokens of short prompts with them.
    /// </summary>
    public bool IsOneRun { get; init; }

    /// <summary>Most rows of a run that short prompts share with others, but for more decode rows.</summary>
    public int MostSharedRows { get; init; } = 64;

    /// <summary>Most rows of the run where <see cref="IsOneRun"/>.</summary>
    public int SharedRows => Math.Max(MostSharedRows, MaxRows + ShortRun);

    /// <summary>Pending tokens up to which a prompt is computed beside decode rows; 1 where there is no such run.</summary>
    public int ShortPrompt => IsOneRun ? SharedRows - MaxRows : 1;

    /// <summary>What runs cost.</summary>
    public StepCosts Costs { get; init; } = StepCosts.Assumed;

    /// <summary>So many rows as are reserved for a number of tokens.</summary>
    public int Rounded(int rows) => (int)Math.Min(int.MaxValue, ((rows + (long)RowGrain - 1) / RowGrain) * RowGrain);

    /// <summary>
    /// Rows that must be free for a request to be admitted: its tokens and the first of its answer. A request that needs more than there
    /// are at all is admitted only when it is alone, and only if its tokens fit.
    /// </summary>
    public int RowsToAdmit(in ScheduledRequest request) => Rounded(request.Length + Math.Min(request.MaxNewTokens, AnswerRows));
}
