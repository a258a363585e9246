using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Metrics;

/// <summary>
/// What is told about one HTTP request: endpoints say what it asks for and tell of each token; metrics, the trace and the log line follow
/// from that. Answers may be told of by several threads at once.
/// </summary>
/// <param name="metrics">Where its figures go.</param>
/// <param name="texts">Where its texts are logged; null logs none.</param>
internal sealed class RequestRecord(ServerMetrics metrics, ILogger? texts)
{
    private readonly Lock _gate = new();
    private Activity? _span;

    /// <summary>
    /// What is done, in OpenTelemetry's words, such as <c>chat</c> or <c>text_completion</c>; null for what generates nothing.
    /// </summary>
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

    /// <summary>Time since the request arrived.</summary>
    public TimeSpan Elapsed => metrics.Time.GetElapsedTime(Arrived);

    internal ServerMetrics Metrics => metrics;

    internal long Arrived { get; } = metrics.Time.GetTimestamp();

    /// <summary>The record of a request.</summary>
    public static RequestRecord Of(HttpContext context) =>
        context.Features.Get<RequestRecord>() ?? throw new InvalidOperationException("The request has no record.");

    /// <summary>Says what the request asks for, and begins its trace. Called once, by endpoints that generate.</summary>
    public void Describe(string operation, string model, string? adapter)
    {
        Operation = operation;
        Model = model;
        Adapter = adapter;
        _span ??= GenAITelemetry.Start(this, Elapsed);
    }

    /// <summary>Logs a text of the request or of its answer, if the server's owner asked for that.</summary>
    /// <param name="part">What it is, such as <c>prompt</c>.</param>
    /// <param name="text">The text.</param>
    public void LogText(string part, string text) => texts?.MessageText(part, Adapter ?? Model ?? "-", text);

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

    /// <summary>The last byte was sent.</summary>
    internal TimeSpan End(string route, int status)
    {
        TimeSpan elapsed = Elapsed;
        metrics.Ended(route, status);
        if (Operation is not null)
        {
            metrics.Durations.Add(elapsed);
            GenAITelemetry.End(this, _span, status, elapsed);
        }

        return elapsed;
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
    /// <param name="reason">Why; null if it was cut off.</param>
    /// <param name="usage">What it took.</param>
    public void End(FinishReason? reason, TokenUsage usage)
    {
        request.Add(reason, usage);
        request.Metrics.Answered(request, reason, usage);
    }
}
