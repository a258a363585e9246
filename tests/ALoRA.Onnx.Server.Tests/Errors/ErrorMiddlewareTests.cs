using ALoRA.Onnx.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ALoRA.Onnx.Server.Tests.Errors;

[TestClass]
public sealed class ErrorMiddlewareTests
{
    [TestMethod]
    public async Task AnyException_IsAnErrorObjectWithoutItsText()
    {
        await using TestServer server = await TestServer.StartAsync(map: Throwing(new InvalidOperationException("secret at line 7")));

        HttpResponseMessage response = await server.GetAsync("/throw");

        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync());
        Assert.AreEqual((500, "server_error", "internal_error"), ShortOf(await response.ErrorAsync()));
    }

    [TestMethod]
    public async Task BusyEngine_Is429WithRetryAfter()
    {
        await using TestServer server = await TestServer.StartAsync(
            map: Throwing(new AloraBusyException("Two wait.") { MaxQueueTime = TimeSpan.FromSeconds(2.5) }));

        HttpResponseMessage response = await server.GetAsync("/throw");

        Assert.AreEqual("3", response.Headers.RetryAfter?.ToString());
        Assert.AreEqual((429, "rate_limit_error", "queue_full"), ShortOf(await response.ErrorAsync()));
    }

    [TestMethod]
    public async Task UnknownPath_Is404AndWrongMethod405()
    {
        await using TestServer server = await TestServer.StartAsync();

        Assert.AreEqual((404, "invalid_request_error", "unknown_url"), ShortOf(await (await server.GetAsync("/v2/models")).ErrorAsync()));
        HttpResponseMessage wrong = await server.PostAsync("/health", "{}");
        Assert.AreEqual(405, (await wrong.ErrorAsync()).Status);
    }

    [TestMethod]
    [DataRow(false, DisplayName = "with its length said")]
    [DataRow(true, DisplayName = "in chunks")]
    public async Task LargeBody_Is413(bool isChunked)
    {
        await using TestServer server = await TestServer.StartAsync(
            new ServerOptions { MaxBodyBytes = 1000 },
            routes => routes.MapPost("/read", async context => await context.Request.Body.CopyToAsync(Stream.Null)));
        using HttpRequestMessage request = new(HttpMethod.Post, "/read") { Content = new ByteArrayContent(new byte[1001]) };
        request.Headers.TransferEncodingChunked = isChunked;

        HttpResponseMessage response = await server.Client.SendAsync(request);

        Assert.AreEqual((413, "invalid_request_error", "request_too_large"), ShortOf(await response.ErrorAsync()));
        Assert.AreEqual(200, (int)(await server.PostAsync("/read", new string('x', 1000))).StatusCode);
    }

    private static Action<IEndpointRouteBuilder> Throwing(Exception exception) =>
        routes => routes.MapGet("/throw", (RequestDelegate)(_ => throw exception));

    private static (int, string, string?) ShortOf((int Status, string Message, string Type, string? Param, string? Code) error) =>
        (error.Status, error.Type, error.Code);
}
