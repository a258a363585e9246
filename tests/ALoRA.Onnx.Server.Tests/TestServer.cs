using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Tests;

/// <summary>A server on the demo model at a free port of this machine, and a client of it.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private TestServer(AloraServer server)
    {
        Server = server;
        Client = new HttpClient { BaseAddress = new Uri(server.Addresses[0]) };
    }

    public AloraServer Server { get; }

    public HttpClient Client { get; }

    /// <summary>Starts one.</summary>
    /// <param name="options">Model and address are set here.</param>
    /// <param name="map">Endpoints of the test's own.</param>
    public static async Task<TestServer> StartAsync(ServerOptions? options = null, Action<IEndpointRouteBuilder>? map = null)
    {
        options ??= new ServerOptions();
        AloraServer server = await AloraServer.StartAsync(
            options with
            {
                Model = options.Model.Length > 0 ? options.Model : await DemoModel.FolderAsync(),
                Urls = "http://127.0.0.1:0",
                Provider = "cpu",
                Threads = 1,
                MeasureTime = TimeSpan.Zero,
            },
            builder => builder.Logging.ClearProviders(), map, CancellationToken.None);
        return new TestServer(server);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }

    /// <summary>Sends a request, with a key if one is given.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, string? key = null)
    {
        HttpRequestMessage request = new(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return Client.SendAsync(request);
    }

    public Task<HttpResponseMessage> GetAsync(string path, string? key = null) => SendAsync(HttpMethod.Get, path, key: key);

    public Task<HttpResponseMessage> PostAsync(string path, string body, string? key = null) =>
        SendAsync(HttpMethod.Post, path, body, key);
}

/// <summary>What an answer says.</summary>
internal static class AnswerExtensions
{
    /// <summary>The error object of an answer, all four fields of which are there.</summary>
    public static async Task<(int Status, string Message, string Type, string? Param, string? Code)> ErrorAsync(
        this HttpResponseMessage response)
    {
        Assert.AreEqual("application/json", response.Content.Headers.ContentType?.MediaType);
        using JsonDocument json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        JsonElement error = json.RootElement.GetProperty("error");
        return (
            (int)response.StatusCode, error.GetProperty("message").GetString()!, error.GetProperty("type").GetString()!,
            error.GetProperty("param").GetString(), error.GetProperty("code").GetString());
    }
}
