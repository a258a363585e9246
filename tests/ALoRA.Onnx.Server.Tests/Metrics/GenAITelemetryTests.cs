using System.Diagnostics;
using System.Diagnostics.Metrics;
using ALoRA.Onnx.Server.Metrics;
using Microsoft.Extensions.Logging.Abstractions;

namespace ALoRA.Onnx.Server.Tests.Metrics;

[TestClass]
public sealed class GenAITelemetryTests
{
    [TestMethod]
    public void Request_IsASpanAndMetricsWithTheConventionsNames()
    {
        List<Activity> spans = [];
        List<string> measured = [];
        using ActivityListener traces = new()
        {
            ShouldListenTo = source => source.Name == AloraDiagnostics.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span => Keep(spans, span),
        };
        ActivitySource.AddActivityListener(traces);
        using MeterListener meters = new();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name.StartsWith("gen_ai.", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Keep(measured, instrument.Name, tags));
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(measured, $"{instrument.Name}={value}", tags));
        meters.Start();

        RequestRecord request = new(new ServerMetrics(TimeProvider.System), NullLogger.Instance);
        request.Describe("chat", "base-of-this-test", "certainty-of-this-test");
        AnswerRecord answer = request.StartAnswer();
        answer.Token();
        answer.Token();
        answer.End(FinishReason.StopToken, new TokenUsage { ReusedTokens = 5, ComputedTokens = 2, GeneratedTokens = 2 });
        request.End("/v1/chat/completions", 200);

        Activity span = spans.Single();
        Assert.AreEqual("chat certainty-of-this-test", span.DisplayName);
        Assert.AreEqual(ActivityKind.Server, span.Kind);
        Assert.AreEqual("chat", span.GetTagItem("gen_ai.operation.name"));
        Assert.AreEqual(7L, span.GetTagItem("gen_ai.usage.input_tokens"));
        Assert.AreEqual(2L, span.GetTagItem("gen_ai.usage.output_tokens"));
        CollectionAssert.AreEqual(new[] { "stop" }, (string[]?)span.GetTagItem("gen_ai.response.finish_reasons"));
        CollectionAssert.AreEquivalent(
            new[]
            {
                "gen_ai.server.time_to_first_token", "gen_ai.server.time_per_output_token", "gen_ai.client.token.usage=7",
                "gen_ai.client.token.usage=2", "gen_ai.server.request.duration",
            },
            measured);
    }

    // Other tests measure at the same time.
    private static void Keep(List<Activity> spans, Activity span)
    {
        if (Equals(span.GetTagItem("gen_ai.request.model"), "certainty-of-this-test"))
        {
            spans.Add(span);
        }
    }

    private static void Keep(List<string> measured, string what, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.ToArray().Any(tag => Equals(tag.Value, "certainty-of-this-test")))
        {
            measured.Add(what);
        }
    }
}
