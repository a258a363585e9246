using System.Text.Json.Nodes;
using ALoRA.Onnx.Server.Lifetime;
using ALoRA.Onnx.Server.Tests.Endpoints;
using Microsoft.Extensions.DependencyInjection;

namespace ALoRA.Onnx.Server.Tests.Lifetime;

[TestClass]
public sealed class ServerPartTests
{
    [TestMethod]
    public async Task Ready_PartIsDegraded_SaysWhyAndIsReady()
    {
        Part part = new();
        await using ApiServer server = await StartAsync(part);
        part.Degraded = "The store is away.";
        JsonObject answer = JsonNode.Parse(await server.Http.GetStringAsync("/ready"))!.AsObject();
        Assert.AreEqual("degraded", (string?)answer["status"]);
        Assert.AreEqual("The store is away.", (string?)answer["reason"]);
        part.Degraded = null;
        Assert.AreEqual("""{"status":"ready","model":"alora-demo"}""", await server.Http.GetStringAsync("/ready"));
    }

    [TestMethod]
    public async Task Stop_PartIsIdle_HandsNothingOver()
    {
        Part part = new();
        await using ApiServer server = await StartAsync(part);
        Task stopped = server.Server.StopAsync();
        await part.Drains;
        Assert.IsFalse(stopped.IsCompleted);
        part.BecomeIdle();
        await stopped;
        Assert.IsFalse(part.HandedOver);
    }

    [TestMethod]
    public async Task Stop_DeadlinePasses_PartHandsOver()
    {
        Part part = new();
        await using ApiServer server = await StartAsync(part, TimeSpan.Zero);
        await server.Server.StopAsync();
        Assert.IsTrue(part.HandedOver);
    }

    [TestMethod]
    public async Task WaitForShutdown_ServerStoppedByItself_ThrowsWhy()
    {
        Part part = new();
        part.BecomeIdle();
        await using ApiServer server = await StartAsync(part);
        server.Server.Services.GetRequiredService<StopCause>().Set(new InvalidOperationException("It lost its cluster."));
        Task waiting = server.Server.WaitForShutdownAsync();
        await server.Server.StopAsync();
        Assert.AreEqual("It lost its cluster.", (await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => waiting)).Message);
    }

    private static async Task<ApiServer> StartAsync(Part part, TimeSpan? timeout = null) => await ApiServer.StartAsync(
        await DemoModel.FolderAsync(), options => options with { DrainTimeout = timeout ?? TimeSpan.FromMinutes(1) },
        configure: builder => builder.Services.AddSingleton<IServerPart>(part));

    private sealed class Part : IServerPart
    {
        private readonly TaskCompletionSource _drains = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string? Degraded { get; set; }

        public bool HandedOver { get; private set; }

        public Task Drains => _drains.Task;

        public void BecomeIdle() => _idle.TrySetResult();

        public void BeginDrain() => _drains.TrySetResult();

        public Task WhenIdleAsync(CancellationToken cancellationToken) => _idle.Task.WaitAsync(cancellationToken);

        public Task HandOverAsync()
        {
            HandedOver = true;
            return Task.CompletedTask;
        }
    }
}
