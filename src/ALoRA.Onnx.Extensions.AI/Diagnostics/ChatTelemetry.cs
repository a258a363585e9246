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
        Meter.CreateUpDownCounter<long>("alora.cache.bytes", "By", "Memory of the KV caches that are kept for chats that go on.");

    /// <summary>Starts the trace of a request, a child of the <c>chat</c> span of an OpenTelemetry client around it.</summary>
    public static Activity? Start(string operation, string model)
    {
        Activity? activity = Activities.StartActivity(operation);
        activity?.SetTag("alora.model", model);
        return activity;
    }

    /// <summary>Records what a prompt took from the cache.</summary>
    public static void Record(Activity? activity, Conversation conversation, TokenUsage usage)
    {
        if (activity is null)
        {
            return;
        }

        activity.SetTag("alora.tokens.reused", usage.ReusedTokens);
        activity.SetTag("alora.tokens.computed", usage.ComputedTokens);
        activity.SetTag("alora.cache.bytes", conversation.CacheBytes);
        if (conversation.Adapter is string adapter)
        {
            activity.SetTag("alora.adapter", adapter);
        }
    }

    /// <summary>Counts memory that is kept between requests.</summary>
    public static void AddCacheBytes(long bytes) => CacheBytes.Add(bytes);
}
