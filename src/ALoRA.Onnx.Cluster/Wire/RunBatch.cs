namespace ALoRA.Onnx.Cluster.Wire;

/// <summary>What a run has to say.</summary>
internal enum RunState
{
    /// <summary>It goes on.</summary>
    Runs,

    /// <summary>These were its last tokens.</summary>
    Ended,

    /// <summary>There is no such run here, or no longer: the server was started again, or gave it up.</summary>
    Unknown,

    /// <summary>The server is going to stop, and the run should go on elsewhere.</summary>
    HandsOver,

    /// <summary>The server can't run it, and another one may: it has another model, another adapter, or too much to do.</summary>
    Refused,

    /// <summary>The request itself fails, here as anywhere.</summary>
    Failed,
}

/// <summary>Tokens of a run from one index on, as many as there are.</summary>
[GenerateSerializer]
[Alias("alora.batch")]
internal sealed record RunBatch
{
    [Id(0)]
    public RunState State { get; init; }

    [Id(1)]
    public TokenDelta[] Tokens { get; init; } = [];

    /// <summary>Tokens of the prompt that were found, once they are known.</summary>
    [Id(2)]
    public UsageForm? Prompt { get; init; }

    /// <summary>Why there are no more.</summary>
    [Id(3)]
    public FaultForm? Fault { get; init; }
}

/// <summary><see cref="TokenUsage"/> on its way.</summary>
[GenerateSerializer]
[Alias("alora.usage")]
internal readonly record struct UsageForm
{
    [Id(0)]
    public int Reused { get; init; }

    [Id(1)]
    public int Computed { get; init; }

    [Id(2)]
    public int Generated { get; init; }

    [Id(3)]
    public TimeSpan FirstToken { get; init; }

    [Id(4)]
    public TimeSpan PerToken { get; init; }

    public static UsageForm Of(TokenUsage usage) => new()
    {
        Reused = usage.ReusedTokens,
        Computed = usage.ComputedTokens,
        Generated = usage.GeneratedTokens,
        FirstToken = usage.TimeToFirstToken,
        PerToken = usage.TimePerToken,
    };

    public TokenUsage Read() => new()
    {
        ReusedTokens = Reused,
        ComputedTokens = Computed,
        GeneratedTokens = Generated,
        TimeToFirstToken = FirstToken,
        TimePerToken = PerToken,
    };
}
