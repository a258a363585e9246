namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>A request as the scheduler sees it. Rows are those of the KV cache: one a token that was computed.</summary>
internal readonly record struct ScheduledRequest
{
    /// <summary>Number of its arrival, which it keeps when it is preempted. No two are equal.</summary>
    public required long Arrival { get; init; }

    /// <summary>Index of its tenant in <see cref="SchedulerState.Tenants"/>.</summary>
    public required int Tenant { get; init; }

    /// <summary>Which adapter; 0 is the base. The same number only for the same weights.</summary>
    public int Adapter { get; init; }

    /// <summary>Tokens so far, prompt and answer.</summary>
    public required int Length { get; init; }

    /// <summary>Tokens whose rows are there; of a request that waits, those that it will find when it is admitted.</summary>
    public required int Computed { get; init; }

    /// <summary>With an adapter: the first token that it computes. Rows before it are computed by the base's own graph.</summary>
    public int ActivationStart { get; init; }

    /// <summary>Rows that are reserved for it; 0 if it has no slot.</summary>
    public required int HeldRows { get; init; }

    /// <summary>Whether it rests because its reader is slow. It keeps its slot, but computes nothing.</summary>
    public bool IsParked { get; init; }

    /// <summary>Index of the request that computes a prefix which this one will copy; -1 if there is none.</summary>
    public int PrefixOf { get; init; } = -1;

    /// <summary>Rows of that prefix.</summary>
    public int PrefixRows { get; init; }

    /// <summary>Tokens that it may still generate.</summary>
    public required int MaxNewTokens { get; init; }

    /// <summary>Step in which it arrived.</summary>
    public required long ArrivalStep { get; init; }

    /// <summary>Step in which it last had a row or the chunk; that of its arrival before.</summary>
    public required long LastServed { get; init; }

    /// <summary>Creates a request of the base that waits for no other one.</summary>
    public ScheduledRequest()
    {
    }

    /// <summary>Tokens whose rows are still to be computed.</summary>
    public int Pending => Length - Computed;

    /// <summary>Whether its next row is computed with its adapter.</summary>
    public bool IsAdapted => Adapter != 0 && Computed >= ActivationStart;

    /// <summary>Whether rows before the adapter's first token are to be computed.</summary>
    public bool IsBeforeActivation => Adapter != 0 && Computed < ActivationStart;
}
