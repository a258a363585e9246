using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ALoRA.Onnx.Server.Tests.Models;

[TestClass]
public sealed class EngineUseTests
{
    [TestMethod]
    public async Task QueueIsFull_IsAnswered429()
    {
        using Brake brake = new();
        await using TestServer server = await TestServer.StartAsync(
            new ServerOptions { MaxRows = 1, MaxQueue = 0 }, routes => MapGenerate(routes, brake));
        Task<HttpResponseMessage> first = server.PostAsync("/generate", "");
        await brake.Reached;

        HttpResponseMessage second = await server.PostAsync("/generate", "");

        (int status, _, string type, _, string? code) = await second.ErrorAsync();
        Assert.AreEqual((429, "rate_limit_error", "queue_full"), (status, type, code));
        Assert.IsNotNull(second.Headers.RetryAfter);
        Assert.Contains("vllm:num_requests_running{model_name=\"demo-checkpoint\"} 1", await server.Client.GetStringAsync("/metrics"));
        brake.Release();
        Assert.AreEqual("4", await (await first).Content.ReadAsStringAsync());
    }

    [TestMethod]
    public async Task Unload_WhileARequestUsesTheAdapter_Is409AndLaterDone()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["admins"], "root");
        using Brake brake = new();
        await using TestServer server = await TestServer.StartAsync(
            new ServerOptions { AdminKeyFile = folder["admins"] }, routes => MapGenerate(routes, brake, "certainty"));
        Task<HttpResponseMessage> running = server.PostAsync("/generate", "");
        await brake.Reached;

        HttpResponseMessage refused = await server.PostAsync("/v1/unload_lora_adapter", """{"lora_name": "certainty"}""", "root");

        (int status, _, _, _, string? code) = await refused.ErrorAsync();
        Assert.AreEqual((409, "adapter_in_use"), (status, code));
        Assert.Contains("certainty", server.Server.AdapterNames);
        brake.Release();
        Assert.AreEqual(200, (int)(await running).StatusCode);
        HttpResponseMessage unloaded = await server.PostAsync("/v1/unload_lora_adapter", """{"lora_name": "certainty"}""", "root");
        Assert.AreEqual(200, (int)unloaded.StatusCode, await unloaded.Content.ReadAsStringAsync());
    }

    [TestMethod]
    public async Task Reload_WhileARequestRuns_ItEndsOnItsOwnModelAndCountersGoOn()
    {
        using Brake brake = new();
        await using TestServer server = await TestServer.StartAsync(map: routes => MapGenerate(routes, brake));
        Task<HttpResponseMessage> running = server.PostAsync("/generate", "");
        await brake.Reached;
        OpenedModel old = server.Server.Services.GetRequiredService<ServedModel>().Current!;

        await server.Server.ReloadModelAsync();

        Assert.IsFalse(running.IsCompleted);
        brake.Release();
        Assert.AreEqual("4", await (await running).Content.ReadAsStringAsync());
        await old.Closed;
        Assert.Contains(
            "alora_generated_tokens_total{model_name=\"demo-checkpoint\"} 4", await server.Client.GetStringAsync("/metrics"));
    }

    private static void MapGenerate(IEndpointRouteBuilder routes, Brake brake, string? adapter = null) =>
        routes.MapPost("/generate", (RequestDelegate)(async context =>
        {
            using ModelLease lease = context.RequestServices.GetRequiredService<ServedModel>().Lease();
            AloraModel model = lease.Opened.Model;
            int[] prompt = model.PromptEncoder.Encode([new PromptMessage("user", "What is 47 + 38?")], addGenerationPrompt: true);
            int[] ids = [.. prompt, .. adapter is null ? [] : model.Adapters.Get(adapter).InvocationTokens];
            EngineRequest request = new()
            {
                Prompt = EncodedPrompt.FromTrusted(ids),
                Adapter = adapter,
                Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = 4, LogitsProcessors = [_ => brake] },
            };
            await using EngineAnswer answer = lease.Opened.Engine.Submit(request, context.RequestAborted);
            int count = 0;
            await foreach (GeneratedToken _ in answer)
            {
                count++;
            }

            await context.Response.WriteAsync($"{count}", context.RequestAborted);
        }));

    // Holds the engine in the middle of a step.
    private sealed class Brake : ILogitsProcessor, IDisposable
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _released = new();

        public Task Reached => _reached.Task;

        public void Release() => _released.Set();

        public void Process(ReadOnlySpan<int> tokens, Span<float> logits)
        {
            _reached.TrySetResult();
            _released.Wait();
        }

        public void Dispose() => _released.Dispose();
    }
}
