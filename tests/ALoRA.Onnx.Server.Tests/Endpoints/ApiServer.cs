using System.Text;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Server.Answers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Tests.Endpoints;

/// <summary>A server on a free port of this machine, and a client for its bytes.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private static readonly Lazy<Task<ApiServer>> Shared = new(async () => await StartAsync(await DemoModel.FolderAsync()));
    private readonly AloraServer _server;

    private ApiServer(AloraServer server, CollectedLog log)
    {
        _server = server;
        Log = log;
        Http = new HttpClient { BaseAddress = new Uri(server.Addresses[0]), Timeout = TimeSpan.FromMinutes(2) };
    }

    public HttpClient Http { get; }

    public Uri Address => Http.BaseAddress!;

    public AloraServer Server => _server;

    public CollectedLog Log { get; }

    /// <summary>One server of the demo model for all tests that change nothing of it.</summary>
    public static Task<ApiServer> DemoAsync() => Shared.Value;

    /// <summary>A server of the test's own.</summary>
    public static async Task<ApiServer> StartAsync(
        string folder, Func<ServerOptions, ServerOptions>? options = null, IAnswerSource? source = null, TimeProvider? time = null,
        Action<WebApplicationBuilder>? configure = null)
    {
        ServerOptions given = new()
        {
            Model = folder,
            Urls = "http://127.0.0.1:0",
            ModelName = "alora-demo",
            Threads = 1,
            MeasureTime = TimeSpan.Zero,
        };
        CollectedLog log = new();
        AloraServer server = await AloraServer.StartAsync(options?.Invoke(given) ?? given, builder =>
        {
            builder.Logging.ClearProviders().AddProvider(log);
            if (source is not null)
            {
                builder.Services.AddSingleton(source);
            }

            if (time is not null)
            {
                builder.Services.AddSingleton(time);
            }

            configure?.Invoke(builder);
        });
        return new ApiServer(server, log);
    }

    /// <summary>Closes the shared server; called when all tests have run.</summary>
    public static async Task CleanUpAsync()
    {
        if (Shared.IsValueCreated)
        {
            await (await Shared.Value).DisposeAsync();
        }
    }

    /// <summary>Sends a body as it is.</summary>
    public Task<HttpResponseMessage> SendAsync(string path, string body, CancellationToken cancellationToken = default) =>
        Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), cancellationToken);

    /// <summary>The object that answers a body; the request must succeed.</summary>
    public async Task<JsonObject> PostAsync(string path, string body)
    {
        using HttpResponseMessage response = await SendAsync(path, body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.AreEqual(200, (int)response.StatusCode, text + Log.Errors);
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>The error object that answers a body.</summary>
    public async Task<(int Status, JsonObject Error)> RefusedAsync(string path, string body)
    {
        using HttpResponseMessage response = await SendAsync(path, body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.IsGreaterThanOrEqualTo(400, (int)response.StatusCode, text + Log.Errors);
        JsonObject error = JsonNode.Parse(text)!["error"]!.AsObject();
        Assert.IsFalse(string.IsNullOrEmpty((string?)error["message"]));
        return ((int)response.StatusCode, error);
    }

    /// <summary>The lines of a stream, which must end as OpenAI's do.</summary>
    public async Task<List<JsonObject>> StreamAsync(string path, string body)
    {
        using HttpResponseMessage response = await SendAsync(path, body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.AreEqual(200, (int)response.StatusCode, text + Log.Errors);
        Assert.AreEqual("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.EndsWith("data: [DONE]\n\n", text);
        return
        [
            .. text[..^"data: [DONE]\n\n".Length].Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonNode.Parse(line["data: ".Length..])!.AsObject()),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server.DisposeAsync();
    }
}
