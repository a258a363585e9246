using System.Diagnostics;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace ALoRA.Onnx.Extensions.AI.Tests.Pipelines;

/// <summary>The Abstractions' own middleware around the client: caching, logging, telemetry.</summary>
[TestClass]
public sealed class MiddlewareTests
{
    [TestMethod]
    public async Task UseDistributedCache_SameRequest_IsAnsweredFromTheCache()
    {
        using AloraChatClient alora = await Demo.ClientAsync();
        MemoryDistributedCache storage = new(Options.Create(new MemoryDistributedCacheOptions()));
        using IChatClient client = alora.AsBuilder().UseDistributedCache(storage).Build();
        ChatOptions options = new ChatOptions { Seed = 1 }.AddDocuments(new ChatDocument("Nora is 67 years old."));
        ChatResponse first = await client.GetResponseAsync("How old is Nora?", options);
        ChatResponse second = await client.GetResponseAsync("How old is Nora?", options);
        Assert.AreEqual(first.ResponseId, second.ResponseId);
        Assert.AreEqual(first.Text, second.Text);
        Assert.AreEqual(first.Usage!.CachedInputTokenCount, second.Usage!.CachedInputTokenCount);

        List<ChatResponseUpdate> streamed = await client.GetStreamingResponseAsync("How old is Nora?", options).ToListAsync();
        List<ChatResponseUpdate> again = await client.GetStreamingResponseAsync("How old is Nora?", options).ToListAsync();
        Assert.AreEqual(first.Text, string.Concat(streamed));
        Assert.AreEqual(first.Text, string.Concat(again));
        ChatResponse other = await client.GetResponseAsync("How old is Nora?", new ChatOptions { Seed = 1 });
        Assert.AreNotEqual(first.ResponseId, other.ResponseId);
    }

    [TestMethod]
    public async Task UseLogging_Request_IsLoggedWithItsResponse()
    {
        using AloraChatClient alora = await Demo.ClientAsync();
        FakeLogCollector collector = new();
        using ILoggerFactory logging = LoggerFactory.Create(
            builder => builder.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(collector)));
        using IChatClient client = alora.AsBuilder().UseLogging(logging).Build();
        await client.GetResponseAsync(Demo.Question);
        await client.GetStreamingResponseAsync(Demo.Question).ToListAsync();
        string log = string.Join('\n', collector.GetSnapshot().Select(record => record.Message));
        Assert.Contains("GetResponseAsync completed", log);
        Assert.Contains(Demo.Answer, log);
        Assert.Contains("GetStreamingResponseAsync completed", log);
    }

    [TestMethod]
    public async Task UseOpenTelemetry_Request_IsTracedWithWhatTheCacheGave()
    {
        using AloraChatClient alora = await Demo.ClientAsync();
        const string Source = "MiddlewareTests.OpenTelemetry";
        List<Activity> activities = [];
        List<Metric> metrics = [];
        using TracerProvider tracer = Sdk.CreateTracerProviderBuilder()
            .AddSource(Source, AloraDiagnostics.Name)
            .AddInMemoryExporter(activities)
            .Build();
        using MeterProvider meter = Sdk.CreateMeterProviderBuilder()
            .AddMeter(Source, AloraDiagnostics.Name)
            .AddInMemoryExporter(metrics)
            .Build();
        using IChatClient client = alora.AsBuilder().UseOpenTelemetry(sourceName: Source).UseCertainty().Build();
        await client.GetResponseAsync(Demo.Question);
        await client.GetStreamingResponseAsync(Demo.Question).ToListAsync();
        tracer.ForceFlush();
        meter.ForceFlush();

        Activity[] chats = [.. activities.Where(activity => activity.Source.Name == Source)];
        Assert.HasCount(2, chats);
        foreach (Activity chat in chats)
        {
            Assert.AreEqual($"chat {alora.Model.Manifest.Name}", chat.DisplayName);
            Assert.AreEqual("alora", chat.GetTagItem("gen_ai.provider.name"));
            Assert.AreEqual(alora.Model.Manifest.Name, chat.GetTagItem("gen_ai.response.model"));
        }

        int reused = (int)chats[1].GetTagItem("gen_ai.usage.input_tokens")! - 1;
        Assert.AreEqual(reused, chats[1].GetTagItem("gen_ai.usage.cache_read.input_tokens"));
        Activity own = activities.Single(activity => activity.OperationName == "alora.chat" && activity.TraceId == chats[1].TraceId);
        Assert.AreEqual(reused, own.GetTagItem("alora.tokens.reused"));
        Assert.AreEqual(1, own.GetTagItem("alora.tokens.computed"));
        Assert.IsGreaterThan(0L, (long)own.GetTagItem("alora.cache.bytes")!);
        Activity invoked = activities.First(activity => activity.OperationName == "alora.invoke" && activity.TraceId == chats[0].TraceId);
        Assert.AreEqual("certainty", invoked.GetTagItem("alora.adapter"));
        string[] names = [.. metrics.Select(metric => metric.Name)];
        foreach (string name in new[]
            {
                "gen_ai.client.token.usage", "gen_ai.client.operation.duration", "alora.tokens.reused", "alora.tokens.computed",
                "alora.cache.bytes",
            })
        {
            Assert.Contains(name, names);
        }
    }
}
