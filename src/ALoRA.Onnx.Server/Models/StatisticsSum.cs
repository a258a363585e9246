using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Server.Models;

/// <summary>Adds figures of engines up: one that takes requests, those that end theirs, and those that have gone.</summary>
internal static class StatisticsSum
{
    /// <summary>Counters added up; figures of the moment are the first one's alone, but for the requests of both.</summary>
    public static EngineStatistics Of(EngineStatistics current, EngineStatistics old) => current with
    {
        Running = current.Running + old.Running,
        Waiting = current.Waiting + old.Waiting,
        RunningAdapters = [.. current.RunningAdapters.Union(old.RunningAdapters, StringComparer.Ordinal)],
        WaitingAdapters = [.. current.WaitingAdapters.Union(old.WaitingAdapters, StringComparer.Ordinal)],
        PromptTokens = current.PromptTokens + old.PromptTokens,
        CachedTokens = current.CachedTokens + old.CachedTokens,
        GeneratedTokens = current.GeneratedTokens + old.GeneratedTokens,
        Steps = current.Steps + old.Steps,
        Preemptions = current.Preemptions + old.Preemptions,
        Finished = current.Finished + old.Finished,
        Cancelled = current.Cancelled + old.Cancelled,
        Failed = current.Failed + old.Failed,
    };

    /// <summary>What stays of an engine that is gone: its counters.</summary>
    public static EngineStatistics CountersOf(EngineStatistics gone) =>
        gone with { Running = 0, Waiting = 0, CacheUsage = 0, RunningAdapters = [], WaitingAdapters = [] };
}
