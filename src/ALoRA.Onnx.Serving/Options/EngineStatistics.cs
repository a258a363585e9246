namespace ALoRA.Onnx.Serving;

/// <summary>Figures of an <see cref="AloraEngine"/> at one moment; counters since its start. Immutable, thread-safe.</summary>
public sealed record EngineStatistics
{
    /// <summary>Requests that have a place.</summary>
    public int Running { get; init; }

    /// <summary>Requests that wait for one.</summary>
    public int Waiting { get; init; }

    /// <summary>Part of the KV cache that running requests use, from 0 to 1.</summary>
    public double CacheUsage { get; init; }

    /// <summary>Adapters of running requests, each name once.</summary>
    public IReadOnlyList<string> RunningAdapters { get; init; } = [];

    /// <summary>Adapters of waiting requests, each name once.</summary>
    public IReadOnlyList<string> WaitingAdapters { get; init; } = [];

    /// <summary>Requests that have ended, or gave their place up, and whose keys and values are kept for others.</summary>
    public int KeptPrompts { get; init; }

    /// <summary>Tokens of prompts so far.</summary>
    public long PromptTokens { get; init; }

    /// <summary>Of them, those whose rows were found.</summary>
    public long CachedTokens { get; init; }

    /// <summary>Tokens generated so far.</summary>
    public long GeneratedTokens { get; init; }

    /// <summary>Steps so far.</summary>
    public long Steps { get; init; }

    /// <summary>Requests that gave their place up for another one and went on later.</summary>
    public long Preemptions { get; init; }

    /// <summary>Requests that ended by themselves.</summary>
    public long Finished { get; init; }

    /// <summary>Requests that were cancelled.</summary>
    public long Cancelled { get; init; }

    /// <summary>Requests that failed.</summary>
    public long Failed { get; init; }
}
