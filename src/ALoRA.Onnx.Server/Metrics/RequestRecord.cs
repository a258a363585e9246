using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Metrics;

/// <summary>
/// What is told about one HTTP request: endpoints say what it asks for and tell of each token, and metrics, the trace and the log line
/// follow from that. Used by one thread at a time.
/// </summary>
internal sealed class RequestRecord(ServerMetrics metrics)
{
    private readonly long _arrived = metrics.Time.GetTimestamp();
    private readonly Lock _gate = new();

    /// <summary>What is done, in OpenTelemetry's words: <c>chat</c>, <c>text_completion</c>; null for anything else.</summary>
    public string? Operation { get; private set; }

    /// <summary>The base model.</summary>
    public string? Model { get; private set; }

    /// <summary>The adapter; null for the base.</summary>
    public string? Adapter { get; private set; }

    /// <summary>Tokens of the prompts of all answers that ended.</summary>
    public long PromptTokens { get; private set; }

    /// <summary>Of them, those whose rows were found.</summary>
    public long CachedTokens { get; private set; }

    /// <summary>Tokens of all answers that ended.</summary>
    public long GeneratedTokens { get; private set; }

    /// <summary>Why the last answer ended.</summary>
    public FinishReason? FinishReason { get; private set; }

    internal ServerMetrics Metrics => metrics;

    internal long Arrived => _arrived;

    /// <summary>The record of a request.</summary>
    public static RequestRecord Of(HttpContext context) =>
        context.Features.Get<RequestRecord>() ?? throw new InvalidOperationException("The request has no record.");

    /// <summary>Says what the request asks for.</summary>
    public void Describe(string operation, string model, string? adapter)
    {
        Operation = operation;
        Model = model;
        Adapter = adapter;
    }

    /// <summary>Begins an answer; a request for several has several, which may run at once.</summary>
    public AnswerRecord StartAnswer() => new(this);

    internal void Add(FinishReason? reason, TokenUsage usage)
    {
        lock (_gate)
        {
            PromptTokens += usage.ReusedTokens + usage.ComputedTokens;
            CachedTokens += usage.ReusedTokens;
            GeneratedTokens += usage.GeneratedTokens;
            FinishReason = reason ?? FinishReason;
        }
    }
}

/// <summary>One answer of a request: told of each token, and of the end. Used by one thread at a time.</summary>
internal sealed class AnswerRecord(RequestRecord request)
{
    private long _last = request.Arrived;
    private bool _hasToken;

    /// <summary>A token has come.</summary>
    public void Token()
    {
        ServerMetrics metrics = request.Metrics;
        long now = metrics.Time.GetTimestamp();
        TimeSpan since = metrics.Time.GetElapsedTime(_last, now);
        if (_hasToken)
        {
            metrics.BetweenTokens(since);
        }
        else
        {
            metrics.FirstToken(since, request);
        }

        _hasToken = true;
        _last = now;
    }

    /// <summary>The answer has ended.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="usage">What it took.</param>
    public void End(FinishReason? reason, TokenUsage usage)
    {
        request.Add(reason, usage);
        request.Metrics.Answered(request, reason, usage);
    }
}
