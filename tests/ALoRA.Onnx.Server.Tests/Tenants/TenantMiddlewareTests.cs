using ALoRA.Onnx.Server.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ALoRA.Onnx.Server.Tests.Tenants;

[TestClass]
public sealed class TenantMiddlewareTests
{
    [TestMethod]
    public async Task Tokens_OfOneKeyAreUsed_OtherKeysAndAdminsGoOn()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["keys"], "alice\nbob");
        File.WriteAllText(folder["admins"], "root");
        await using TestServer server = await TestServer.StartAsync(
            new ServerOptions { ApiKeyFile = folder["keys"], AdminKeyFile = folder["admins"], TokensPerMinutePerKey = 100 }, MapCosting);
        await server.PostAsync("/cost", "", "root");
        await server.PostAsync("/cost", "", "alice");

        HttpResponseMessage refused = await server.PostAsync("/cost", "", "alice");

        (int status, _, string type, _, _) = await refused.ErrorAsync();
        Assert.AreEqual((429, "rate_limit_error"), (status, type));
        Assert.IsNotNull(refused.Headers.RetryAfter);
        Assert.AreEqual(200, (int)(await server.GetAsync("/version", "alice")).StatusCode);
        Assert.AreEqual(200, (int)(await server.PostAsync("/cost", "", "bob")).StatusCode);
        Assert.AreEqual(200, (int)(await server.PostAsync("/cost", "", "root")).StatusCode);
    }

    [TestMethod]
    public async Task Requests_OfOneKeyAreTooMany_OneMoreIs429()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["keys"], "alice");
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestServer server = await TestServer.StartAsync(
            new ServerOptions { ApiKeyFile = folder["keys"], MaxRequestsPerKey = 1 },
            routes => routes.MapPost("/hold", async (HttpContext _) =>
            {
                started.TrySetResult();
                await released.Task;
            }));
        Task<HttpResponseMessage> first = server.PostAsync("/hold", "", "alice");
        await started.Task;

        Assert.AreEqual(429, (int)(await server.PostAsync("/hold", "", "alice")).StatusCode);

        released.SetResult();
        Assert.AreEqual(200, (int)(await first).StatusCode);
        Assert.AreEqual(200, (int)(await server.PostAsync("/hold", "", "alice")).StatusCode);
    }

    private static void MapCosting(IEndpointRouteBuilder routes) =>
        routes.MapPost("/cost", (RequestDelegate)(context =>
        {
            RequestRecord record = RequestRecord.Of(context);
            record.Describe("chat", "base", null);
            record.StartAnswer().End(
                FinishReason.StopToken, new TokenUsage { ReusedTokens = 900, ComputedTokens = 100_000, GeneratedTokens = 1 });
            return Task.CompletedTask;
        }));
}
