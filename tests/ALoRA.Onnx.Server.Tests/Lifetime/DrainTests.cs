using ALoRA.Onnx.Server.Lifetime;
using ALoRA.Onnx.Server.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ALoRA.Onnx.Server.Tests.Lifetime;

[TestClass]
public sealed class DrainTests
{
    [TestMethod]
    public async Task Stop_WhileARequestRuns_RefusesNewOnesAndLetsItEnd()
    {
        Held held = new();
        await using TestServer server = await TestServer.StartAsync(map: routes => routes.MapGet("/hold", held.AnswerAsync));
        Task<HttpResponseMessage> running = server.GetAsync("/hold");
        await held.Started;

        Task stopped = server.Server.StopAsync();
        await WhenClosedAsync(server);

        HttpResponseMessage refused = await server.GetAsync("/hold");
        (int status, _, _, _, string? code) = await refused.ErrorAsync();
        Assert.AreEqual((503, "draining"), (status, code));
        Assert.IsNotNull(refused.Headers.RetryAfter);
        Assert.AreEqual(503, (int)(await server.GetAsync("/ready")).StatusCode);
        Assert.AreEqual(200, (int)(await server.GetAsync("/health")).StatusCode);
        Assert.Contains("alora_ready 0", await server.Client.GetStringAsync("/metrics"));
        Assert.IsFalse(stopped.IsCompleted);

        held.Release();
        Assert.AreEqual("done", await (await running).Content.ReadAsStringAsync());
        await stopped;
    }

    [TestMethod]
    public async Task Stop_DeadlinePasses_FreesTheModelAndEnds()
    {
        Held held = new();
        await using TestServer server = await TestServer.StartAsync(
            new ServerOptions { DrainTimeout = TimeSpan.Zero }, routes => routes.MapGet("/hold", held.AnswerAsync));
        Task<HttpResponseMessage> running = server.GetAsync("/hold");
        await held.Started;

        // The request ends when it sees that its model is closed.
        Task stopped = server.Server.StopAsync();
        while (server.Server.ModelName is not null)
        {
            await Task.Yield();
        }

        held.Release();
        await running;
        await stopped;
    }

    [TestMethod]
    public async Task Stop_NothingRuns_EndsAtOnce()
    {
        await using TestServer server = await TestServer.StartAsync();

        await server.Server.StopAsync();

        Assert.IsNull(server.Server.ModelName);
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => server.GetAsync("/health"));
    }

    [TestMethod]
    public async Task WaitForShutdown_TokenIsCancelled_StopsTheServer()
    {
        await using TestServer server = await TestServer.StartAsync();
        using CancellationTokenSource stop = new();
        Task waiting = server.Server.WaitForShutdownAsync(stop.Token);

        await stop.CancelAsync();
        await waiting;

        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => server.GetAsync("/health"));
    }

    [TestMethod]
    public async Task Lease_ModelWasReplaced_KeepsTheOldOneOpenUntilItEnds()
    {
        await using TestServer server = await TestServer.StartAsync();
        ServedModel served = server.Server.Services.GetRequiredService<ServedModel>();
        ModelLease lease = served.Lease();
        OpenedModel old = lease.Opened;

        await server.Server.ReloadModelAsync();

        using ModelLease next = served.Lease();
        Assert.AreNotSame(old, next.Opened);
        using (Conversation still = old.Model.CreateConversation())
        {
            await still.ForwardAsync(new[] { 1 });
        }

        lease.Dispose();
        await old.Closed;
        Assert.ThrowsExactly<ObjectDisposedException>(() => old.Model.CreateConversation());
        using Conversation open = next.Opened.Model.CreateConversation();
    }

    private static async Task WhenClosedAsync(TestServer server)
    {
        DrainGate gate = server.Server.Services.GetRequiredService<DrainGate>();
        while (!gate.IsClosed)
        {
            await Task.Yield();
        }
    }

    // A request that runs for as long as a test wants.
    private sealed class Held
    {
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Started => _started.Task;

        public void Release() => _released.TrySetResult();

        public async Task AnswerAsync(HttpContext context)
        {
            _started.TrySetResult();
            await _released.Task;
            await context.Response.WriteAsync("done");
        }
    }
}
