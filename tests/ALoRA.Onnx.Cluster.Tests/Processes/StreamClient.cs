using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>Sends requests to nodes and reads streams. Thread-safe.</summary>
internal sealed class StreamClient : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = int.MaxValue,

        // A node that was killed and one that took its port are not the same.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(1),
    })
    {
        Timeout = HangGuard.Limit,
    };

    /// <summary>Reads a stream to its end; whatever goes wrong is told in the outcome.</summary>
    public async Task<StreamOutcome> AskAsync(
        Uri node, JsonObject body, StreamOutcome? outcome = null, string? key = null, CancellationToken cancellationToken = default)
    {
        outcome ??= new StreamOutcome();
        try
        {
            await ReadAsync(node, body, outcome, key, cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            outcome.Error = exception.InnerException?.Message ?? exception.Message;
        }

        return outcome;
    }

    /// <summary>Sends a body and gives the answer's JSON.</summary>
    public async Task<(int Status, string Body)> PostAsync(Uri node, string path, JsonObject body, string? key = null)
    {
        using HttpRequestMessage request = RequestOf(node, path, body, key);
        using HttpResponseMessage response = await _http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Gets what a path of a node answers; status 0 where nobody answers.</summary>
    public async Task<(int Status, string Body)> GetAsync(Uri node, string path, string? key = null)
    {
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Get, new Uri(node, path));
            request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
            using HttpResponseMessage response = await _http.SendAsync(request);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException exception)
        {
            return (0, exception.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage RequestOf(Uri node, string path, JsonObject body, string? key)
    {
        HttpRequestMessage request = new(HttpMethod.Post, new Uri(node, path))
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return request;
    }

    private async Task ReadAsync(Uri node, JsonObject body, StreamOutcome outcome, string? key, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        using HttpRequestMessage request = RequestOf(node, "/v1/chat/completions", body, key);
        using HttpResponseMessage response = await _http.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        outcome.Status = response.StatusCode;
        if (!response.IsSuccessStatusCode)
        {
            outcome.Error = await response.Content.ReadAsStringAsync(cancellationToken);
            return;
        }

        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using StreamReader reader = new(stream);
        while (await reader.ReadLineAsync(cancellationToken) is string line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
            {
                continue;
            }

            string data = line["data: ".Length..];
            if (data == "[DONE]")
            {
                outcome.IsComplete = true;
                return;
            }

            using JsonDocument chunk = JsonDocument.Parse(data);
            if (!Take(chunk.RootElement, outcome, started))
            {
                return;
            }
        }

        outcome.Error ??= "The stream ended without its end.";
    }

    private static bool Take(JsonElement chunk, StreamOutcome outcome, long started)
    {
        if (chunk.TryGetProperty("error", out JsonElement error))
        {
            outcome.Error = error.GetRawText();
            return false;
        }

        if (chunk.TryGetProperty("usage", out JsonElement usage) && usage.ValueKind == JsonValueKind.Object)
        {
            outcome.Tokens = usage.GetProperty("completion_tokens").GetInt32();
            outcome.PromptTokens = usage.GetProperty("prompt_tokens").GetInt32();
            outcome.CachedTokens = usage.TryGetProperty("prompt_tokens_details", out JsonElement details)
                ? details.GetProperty("cached_tokens").GetInt32()
                : 0;
        }

        foreach (JsonElement choice in chunk.GetProperty("choices").EnumerateArray())
        {
            if (choice.GetProperty("delta").TryGetProperty("content", out JsonElement content)
                && content.ValueKind == JsonValueKind.String && content.GetString() is { Length: > 0 } piece)
            {
                outcome.Add(piece, started, Stopwatch.GetTimestamp());
            }
        }

        return true;
    }
}
