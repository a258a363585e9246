using ALoRA.Onnx.Serving.Requests;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>What an engine counts. Written by its thread.</summary>
internal sealed class EngineCounters
{
    public long PromptTokens { get; set; }

    public long CachedTokens { get; set; }

    public long GeneratedTokens { get; set; }

    public long Steps { get; set; }

    public long Preemptions { get; set; }

    public long Finished { get; private set; }

    public long Cancelled { get; private set; }

    public long Failed { get; private set; }

    /// <summary>Counts the end of a request.</summary>
    public void Count(Exception? exception)
    {
        Finished += exception is null ? 1 : 0;
        Cancelled += exception is OperationCanceledException ? 1 : 0;
        Failed += exception is null or OperationCanceledException ? 0 : 1;
    }

    /// <summary>All figures of now.</summary>
    public EngineStatistics Read(List<LiveRequest> requests, SlotArena arena)
    {
        LiveRequest[] running = [.. requests.Where(request => !request.Waits)];
        LiveRequest[] waiting = [.. requests.Where(request => request.Waits)];
        return new EngineStatistics
        {
            Running = running.Length,
            Waiting = waiting.Length,
            CacheUsage = running.Sum(request => (double)request.Tokens.Computed) / arena.Rows,
            RunningAdapters = NamesOf(running),
            WaitingAdapters = NamesOf(waiting),
            PromptTokens = PromptTokens,
            CachedTokens = CachedTokens,
            GeneratedTokens = GeneratedTokens,
            Steps = Steps,
            Preemptions = Preemptions,
            Finished = Finished,
            Cancelled = Cancelled,
            Failed = Failed,
        };
    }

    private static string[] NamesOf(LiveRequest[] requests) =>
        [.. requests.Select(request => request.Adapter?.Name).OfType<string>().Distinct(StringComparer.Ordinal)];
}
