using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ALoRA.Onnx.Extensions.AI.Diagnostics;

/// <summary>
/// What the library's traces and metrics (<see cref="AloraDiagnostics.Name"/>) say about
/// chats, beside those of the Abstractions' own OpenTelemetry client.
/// </summary>
internal static class ChatTelemetry
{
    private static readonly ActivitySource Activities = new(AloraDiagnostics.Name);
    private static readonly Meter Meter = new(AloraDiagnostics.Name);
    private static readonly UpDownCounter<long> CacheBytes =
        Meter.CreateUpDownCounter<long>("alora.cache.bytes", "By", "Memory of the KV caches of chats, running or kept.");

    /// <summary>Starts the trace of a request, a child of the <c>chat</c> span of an OpenTelemetry client around it.</summary>
    public static Activity? Start(string operation, string model)
    {
        Activity? activity = Activities.StartActivity(operation);
        activity?.SetTag("alora.model", model);
        return activity;
    }

    /// <summary>Starts the trace of one of the two parts of a request: its prompt, and its answer.</summary>
    public static Activity? StartPart(string operation, string? adapter)
    {
        Activity? activity = Activities.StartActivity(operation);
        RecordAdapter(activity, adapter);
        return activity;
    }

    /// <summary>Records what a prompt took from the cache, and what it takes there.</summary>
    public static void Record(Activity? activity, TokenUsage usage, string? adapter, long bytesPerToken)
    {
        Record(activity, usage);
        RecordAdapter(activity, adapter);
        activity?.SetTag("alora.cache.bytes", (usage.ReusedTokens + usage.ComputedTokens) * bytesPerToken);
    }

    /// <summary>Records what a part took.</summary>
    public static void Record(Activity? activity, TokenUsage usage)
    {
        activity?.SetTag("alora.tokens.reused", usage.ReusedTokens);
        activity?.SetTag("alora.tokens.computed", usage.ComputedTokens);
        if (usage.GeneratedTokens > 0)
        {
            activity?.SetTag("alora.tokens.generated", usage.GeneratedTokens);
        }
    }

    private static void RecordAdapter(Activity? activity, string? adapter)
    {
        if (adapter is not null)
        {
            activity?.SetTag("alora.adapter", adapter);
        }
    }

    /// <summary>Counts memory of caches.</summary>
    public static void AddCacheBytes(long bytes) => CacheBytes.Add(bytes);
}
