using System.Text.Json;
using ALoRA.Onnx.Server.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Tests.Operations;

[TestClass]
public sealed class ProbeEndpointsTests
{
    [TestMethod]
    public async Task Probes_SayWhatTheServerIs()
    {
        await using TestServer server = await TestServer.StartAsync(new ServerOptions { ModelName = "base" });

        Assert.AreEqual("""{"status":"ok"}""", await server.Client.GetStringAsync("/health"));
        Assert.AreEqual("""{"status":"ready","model":"base"}""", await server.Client.GetStringAsync("/ready"));
        using JsonDocument version = JsonDocument.Parse(await server.Client.GetStringAsync("/version"));
        Assert.MatchesRegex(@"^\d+\.\d+\.\d+", version.RootElement.GetProperty("version").GetString());
        Assert.AreEqual(200, (int)(await server.SendAsync(HttpMethod.Head, "/health")).StatusCode);
    }

    [TestMethod]
    [DataRow("vllm:num_requests_running", "gauge")]
    [DataRow("vllm:num_requests_waiting", "gauge")]
    [DataRow("vllm:kv_cache_usage_perc", "gauge")]
    [DataRow("vllm:prefix_cache_queries_total", "counter")]
    [DataRow("vllm:prefix_cache_hits_total", "counter")]
    [DataRow("vllm:prompt_tokens_total", "counter")]
    [DataRow("vllm:generation_tokens_total", "counter")]
    [DataRow("vllm:lora_requests_info", "gauge")]
    [DataRow("vllm:time_to_first_token_seconds", "histogram")]
    [DataRow("vllm:inter_token_latency_seconds", "histogram")]
    [DataRow("vllm:time_per_output_token_seconds", "histogram")]
    [DataRow("vllm:e2e_request_latency_seconds", "histogram")]
    [DataRow("alora_requests_running", "gauge")]
    [DataRow("alora_requests_waiting", "gauge")]
    [DataRow("alora_cached_tokens_total", "counter")]
    [DataRow("alora_generated_tokens_total", "counter")]
    [DataRow("alora_http_requests_total", "counter")]
    [DataRow("alora_time_to_first_token_seconds", "histogram")]
    public async Task Metrics_HaveTheNamesThatBoardsKnow(string name, string type)
    {
        await using TestServer server = await TestServer.StartAsync();

        HttpResponseMessage response = await server.GetAsync("/metrics");

        Assert.AreEqual("text/plain", response.Content.Headers.ContentType?.MediaType);
        string[] lines = (await response.Content.ReadAsStringAsync()).Split('\n');
        Assert.Contains($"# TYPE {name} {type}", lines);
        Assert.IsTrue(
            type != "histogram"
                || lines.Any(line => line.StartsWith($"{name}_bucket{{", StringComparison.Ordinal)
                    && line.Contains("le=\"+Inf\"", StringComparison.Ordinal)),
            $"{name} has no buckets");
    }

    [TestMethod]
    public async Task Metrics_TokensOfAnAnswer_AreMeasuredUnderBothNames()
    {
        await using TestServer server = await TestServer.StartAsync(
            new ServerOptions { ModelName = "base" },
            routes => routes.MapPost("/generate", (RequestDelegate)(context =>
            {
                RequestRecord record = RequestRecord.Of(context);
                record.Describe("chat", "base", "certainty");
                AnswerRecord answer = record.StartAnswer();
                answer.Token();
                answer.Token();
                answer.Token();
                answer.End(FinishReason.MaxNewTokens, new TokenUsage { ReusedTokens = 7, ComputedTokens = 2, GeneratedTokens = 3 });
                return Task.CompletedTask;
            })));
        await server.PostAsync("/generate", "");

        string[] lines = (await server.Client.GetStringAsync("/metrics")).Split('\n');

        Assert.Contains("vllm:time_to_first_token_seconds_count{model_name=\"base\"} 1", lines);
        Assert.Contains("alora_time_to_first_token_seconds_count{model_name=\"base\"} 1", lines);
        Assert.Contains("vllm:inter_token_latency_seconds_count{model_name=\"base\"} 2", lines);
        Assert.Contains("vllm:e2e_request_latency_seconds_count{model_name=\"base\"} 1", lines);
        Assert.Contains("vllm:request_success_total{model_name=\"base\",finished_reason=\"length\"} 1", lines);
        Assert.Contains("alora_http_requests_total{route=\"/generate\",status=\"200\"} 1", lines);
    }

    [TestMethod]
    public async Task Metrics_PathsThatNobodyHas_AreOneSeries()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.GetAsync("/a");
        await server.GetAsync("/b\"}");

        string[] lines = (await server.Client.GetStringAsync("/metrics")).Split('\n');

        Assert.Contains("alora_http_requests_total{route=\"other\",status=\"404\"} 2", lines);
    }
}
