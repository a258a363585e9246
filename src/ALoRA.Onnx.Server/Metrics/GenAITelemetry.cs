using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ALoRA.Onnx.Server.Metrics;

/// <summary>
/// Traces and metrics by OpenTelemetry's conventions for servers of generative models, under <see cref="AloraDiagnostics.Name"/>.
/// They cost nothing while nobody listens.
/// </summary>
internal static class GenAITelemetry
{
    private const string OperationTag = "gen_ai.operation.name";
    private const string ProviderTag = "gen_ai.provider.name";
    private const string RequestModelTag = "gen_ai.request.model";
    private const string ResponseModelTag = "gen_ai.response.model";

    private static readonly ActivitySource Activities = new(AloraDiagnostics.Name);
    private static readonly Meter Meter = new(AloraDiagnostics.Name);
    private static readonly Histogram<double> Duration =
        Meter.CreateHistogram<double>("gen_ai.server.request.duration", "s", "From the arrival of a request to its last byte.");

    private static readonly Histogram<double> FirstTokens =
        Meter.CreateHistogram<double>("gen_ai.server.time_to_first_token", "s", "From the arrival of a request to its first token.");

    private static readonly Histogram<double> PerToken =
        Meter.CreateHistogram<double>("gen_ai.server.time_per_output_token", "s", "Mean time of the tokens after the first of an answer.");

    private static readonly Histogram<long> Tokens =
        Meter.CreateHistogram<long>("gen_ai.client.token.usage", "{token}", "Tokens of prompts and of answers.");

    /// <summary>Begins the span of a request that arrived a while ago.</summary>
    public static Activity? Start(RequestRecord request, TimeSpan since)
    {
        Activity? span = Activities.StartActivity(
            ActivityKind.Server, startTime: DateTimeOffset.UtcNow - since, name: $"{request.Operation} {NameOf(request)}");
        span?.SetTag(OperationTag, request.Operation)
            .SetTag(ProviderTag, AloraDiagnostics.Name)
            .SetTag(RequestModelTag, NameOf(request))
            .SetTag(ResponseModelTag, NameOf(request));
        return span;
    }

    /// <summary>Ends the span of a request and measures the request.</summary>
    public static void End(RequestRecord request, Activity? span, int status, TimeSpan duration)
    {
        TagList tags = TagsOf(request);
        if (status >= 400)
        {
            tags.Add("error.type", $"{status}");
        }

        Duration.Record(duration.TotalSeconds, tags);
        if (span is null)
        {
            return;
        }

        span.SetTag("gen_ai.usage.input_tokens", request.PromptTokens)
            .SetTag("gen_ai.usage.output_tokens", request.GeneratedTokens)
            .SetTag("gen_ai.usage.cache_read.input_tokens", request.CachedTokens)
            .SetTag("http.response.status_code", status);
        if (request.FinishReason is FinishReason reason)
        {
            span.SetTag("gen_ai.response.finish_reasons", new[] { NameOf(reason) });
        }

        if (status >= 400)
        {
            span.SetTag("error.type", $"{status}").SetStatus(status >= 500 ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
        }

        span.Dispose();
    }

    public static void FirstToken(RequestRecord request, TimeSpan time) => FirstTokens.Record(time.TotalSeconds, TagsOf(request));

    public static void Answered(RequestRecord request, TokenUsage usage)
    {
        TagList tags = TagsOf(request);
        if (usage.GeneratedTokens > 1)
        {
            PerToken.Record(usage.TimePerToken.TotalSeconds, tags);
        }

        Record(usage.ReusedTokens + usage.ComputedTokens, "input", tags);
        Record(usage.GeneratedTokens, "output", tags);
    }

    /// <summary>OpenAI's word for the reason.</summary>
    public static string NameOf(FinishReason reason) =>
        reason is FinishReason.MaxNewTokens or FinishReason.ContextFull ? "length" : "stop";

    private static void Record(long tokens, string type, TagList tags)
    {
        tags.Add("gen_ai.token.type", type);
        Tokens.Record(tokens, tags);
    }

    private static TagList TagsOf(RequestRecord request) => new()
    {
        { OperationTag, request.Operation },
        { ProviderTag, AloraDiagnostics.Name },
        { RequestModelTag, NameOf(request) },
        { ResponseModelTag, NameOf(request) },
    };

    private static string? NameOf(RequestRecord request) => request.Adapter ?? request.Model;
}
