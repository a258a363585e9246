using System.Collections.Concurrent;

namespace ALoRA.Onnx.Server.Metrics;

/// <summary>What is measured of requests, beside the engine's own figures. Thread-safe.</summary>
internal sealed class ServerMetrics(TimeProvider time)
{
    // Those of vLLM, with finer ones below for small models.
    private static readonly double[] FirstTokenBounds =
    [
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
    ];

    private static readonly double[] TokenBounds =
    [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
    ];

    private static readonly double[] RequestBounds =
    [
        0.05, 0.1, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
    ];

    private readonly ConcurrentDictionary<(string Route, int Status), long> _requests = new();
    private readonly ConcurrentDictionary<string, long> _finished = new(StringComparer.Ordinal);

    /// <summary>Where time comes from.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>From the arrival of a request to the first token of an answer.</summary>
    public Distribution FirstTokens { get; } = new(FirstTokenBounds);

    /// <summary>Between two tokens of an answer.</summary>
    public Distribution TokenTimes { get; } = new(TokenBounds);

    /// <summary>From the arrival of a request to its last byte, of those that generate.</summary>
    public Distribution Durations { get; } = new(RequestBounds);

    /// <summary>How many HTTP requests were answered with which status, by route.</summary>
    public IEnumerable<KeyValuePair<(string Route, int Status), long>> Requests => _requests.OrderBy(entry => entry.Key);

    /// <summary>How many answers ended for which reason, in OpenAI's words.</summary>
    public IEnumerable<KeyValuePair<string, long>> Finished => _finished.OrderBy(entry => entry.Key, StringComparer.Ordinal);

    public void FirstToken(TimeSpan time, RequestRecord request)
    {
        FirstTokens.Add(time);
        GenAITelemetry.FirstToken(request, time);
    }

    public void BetweenTokens(TimeSpan time) => TokenTimes.Add(time);

    public void Answered(RequestRecord request, FinishReason? reason, TokenUsage usage)
    {
        _finished.AddOrUpdate(reason is FinishReason known ? GenAITelemetry.NameOf(known) : "abort", 1, (_, count) => count + 1);
        GenAITelemetry.Answered(request, usage);
    }

    /// <summary>A request has ended.</summary>
    /// <param name="route">The endpoint's pattern, so that clients can't make up names.</param>
    /// <param name="status">The status that was sent.</param>
    public void Ended(string route, int status) => _requests.AddOrUpdate((route, status), 1, (_, count) => count + 1);
}
