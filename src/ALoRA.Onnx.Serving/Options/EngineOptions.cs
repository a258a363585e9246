using ALoRA.Onnx.Files;

namespace ALoRA.Onnx.Serving;

/// <summary>How an <see cref="AloraEngine"/> shares a model among requests.</summary>
public sealed record EngineOptions
{
    /// <summary>Most requests that decode in one step, from 1 to 256. Default 16.</summary>
    public int MaxRows { get; init; } = 16;

    /// <summary>
    /// Requests that wait for a place at most, from 0; those beyond are refused with <see cref="AloraBusyException"/>. Default 256.
    /// </summary>
    public int MaxQueuedRequests { get; init; } = 256;

    /// <summary>
    /// How long a request waits for a place at most; null for as long as it takes. Default null.
    /// </summary>
    public TimeSpan? MaxQueueTime { get; init; }

    /// <summary>
    /// Tokens of one request, prompt and answer together, at most; null for the model's <see cref="AloraModel.MaxLength"/>. Default null.
    /// </summary>
    public int? MaxContextTokens { get; init; }

    /// <summary>
    /// Memory of keys and values of all requests and of prompts that are kept, in bytes; null for as much as <see cref="MaxRows"/>
    /// requests of the longest context need, but at most a quarter of the
    /// process's memory. Where not so much is there, there is room for fewer requests, and at last for shorter ones:
    /// <see cref="AloraEngine.MaxContextTokens"/> says how long. Default null.
    /// </summary>
    public long? CacheBytes { get; init; }

    /// <summary>
    /// Requests whose keys and values are kept at most when they have ended, from 0; those that were not used for longest go first.
    /// Null for as many as there is room for. Default null.
    /// </summary>
    public int? MaxKeptPrompts { get; init; }

    /// <summary>
    /// Bytes of keys and values of requests that have ended, at most, from 0; they lie within <see cref="CacheBytes"/>.
    /// Null for as many as there is room for. Default null.
    /// </summary>
    public long? MaxKeptBytes { get; init; }

    /// <summary>
    /// Whether requests that name no <see cref="EngineRequest.CacheScope"/> find every token that they have in common; else they find whole
    /// blocks of 32, so that nobody can find out a text of another one token by token, by their number or by the time. Default false.
    /// </summary>
    public bool ShareTokensWithoutScope { get; init; }

    /// <summary>Different adapters that one step computes at most, from 1 to 64; rows of more take turns. Default 8.</summary>
    public int MaxAdaptersPerStep { get; init; } = 8;

    /// <summary>
    /// How long the others may wait for their next token because a prompt is computed in between. Default 200 ms.
    /// </summary>
    public TimeSpan StepTime { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// What runs cost on this machine, by which the engine plans its steps: of a <see cref="StepCostMeter"/> or of <c>alora bench
    /// --batch</c> with <c>--costs</c>. Null for an assumption that is corrected by the times of chunks. Default null.
    /// </summary>
    public StepCosts? StepCosts { get; init; }

    /// <summary>
    /// Tokens that wait for a reader at most, from 1; a request whose reader is slower rests meanwhile. Default 1,024.
    /// </summary>
    public int MaxUnreadTokens { get; init; } = 1024;

    /// <summary>How long a request rests for a slow reader before it is cancelled. Default one minute.</summary>
    public TimeSpan MaxReaderDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Where time comes from; tests bring their own. Default the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Half of the slots that are enough for those that run and those that are kept.</summary>
    internal int HalfOfPlaces => Math.Max(MaxRows, (MaxRows + Math.Min(MaxKeptPrompts ?? MaxRows, 1024) + 1) / 2);

    /// <summary>Generated tokens that a request must find room for when it gets its slot; for those beyond it may have to move.</summary>
    internal int ReservedTokens { get; init; } = 256;

    /// <summary>Refuses values that are out of their ranges.</summary>
    internal void Check()
    {
        OptionRange.Require(MaxRows is >= 1 and <= 256, nameof(MaxRows), MaxRows, "from 1 to 256");
        OptionRange.Require(MaxQueuedRequests >= 0, nameof(MaxQueuedRequests), MaxQueuedRequests, "0 or more");
        OptionRange.Require(
            MaxQueueTime is null || MaxQueueTime > TimeSpan.Zero, nameof(MaxQueueTime), MaxQueueTime, "more than 0, or null");
        OptionRange.Require(MaxContextTokens is null or >= 2, nameof(MaxContextTokens), MaxContextTokens, "at least 2, or null");
        OptionRange.Require(CacheBytes is null or > 0, nameof(CacheBytes), CacheBytes, "more than 0, or null");
        OptionRange.Require(MaxKeptPrompts is null or >= 0, nameof(MaxKeptPrompts), MaxKeptPrompts, "0 or more, or null");
        OptionRange.Require(MaxKeptBytes is null or >= 0, nameof(MaxKeptBytes), MaxKeptBytes, "0 or more, or null");
        OptionRange.Require(MaxAdaptersPerStep is >= 1 and <= 64, nameof(MaxAdaptersPerStep), MaxAdaptersPerStep, "from 1 to 64");
        OptionRange.Require(StepTime > TimeSpan.Zero, nameof(StepTime), StepTime, "more than 0");
        OptionRange.Require(MaxUnreadTokens >= 1, nameof(MaxUnreadTokens), MaxUnreadTokens, "at least 1");
        OptionRange.Require(MaxReaderDelay > TimeSpan.Zero, nameof(MaxReaderDelay), MaxReaderDelay, "more than 0");
        ArgumentNullException.ThrowIfNull(TimeProvider);
    }
}
