using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.ServerLoad;

/// <summary>Sends requests and reads streams of any server with OpenAI's API. Thread-safe.</summary>
internal sealed class LoadClient : IDisposable
{
    private readonly HttpClient _http;

    public LoadClient(LoadOptions options)
    {
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue })
        {
            BaseAddress = options.Url,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (options.Key is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.Key);
        }
    }

    /// <summary>Opens a stream and reads nothing but its headers.</summary>
    public Task<HttpResponseMessage> OpenAsync(JsonObject body, CancellationToken cancellationToken) => _http.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        },
        HttpCompletionOption.ResponseHeadersRead,
        cancellationToken);

    /// <summary>Sends bytes as they are.</summary>
    public async Task<HttpStatusCode> SendRawAsync(byte[] body, CancellationToken cancellationToken)
    {
        using ByteArrayContent content = new(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await _http.PostAsync("v1/chat/completions", content, cancellationToken);
        return response.StatusCode;
    }

    /// <summary>Sends a request and reads its stream.</summary>
    /// <param name="body">The request.</param>
    /// <param name="leaveAfter">Pieces after which it leaves.</param>
    /// <param name="pause">How long to wait between single bytes; zero reads as fast as it comes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<StreamResult> AskAsync(
        JsonObject body, int leaveAfter = int.MaxValue, TimeSpan pause = default, CancellationToken cancellationToken = default)
    {
        long started = Stopwatch.GetTimestamp();
        using HttpResponseMessage response = await OpenAsync(body, cancellationToken);
        StreamResult result = new() { Status = response.StatusCode };
        if (!response.IsSuccessStatusCode)
        {
            result.Error = await response.Content.ReadAsStringAsync(cancellationToken);
            return result;
        }

        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using StreamReader reader = new(pause > TimeSpan.Zero ? new SlowStream(stream, pause) : stream);
        StringBuilder text = new();
        long last = 0;
        int pieces = 0;
        while (await reader.ReadLineAsync(cancellationToken) is string line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
            {
                continue;
            }

            string data = line["data: ".Length..];
            if (data == "[DONE]")
            {
                result.IsComplete = true;
                break;
            }

            using JsonDocument chunk = JsonDocument.Parse(data);
            if (chunk.RootElement.TryGetProperty("error", out JsonElement error))
            {
                result.Error = error.GetRawText();
                break;
            }

            if (chunk.RootElement.TryGetProperty("usage", out JsonElement usage) && usage.ValueKind == JsonValueKind.Object)
            {
                result.Tokens = usage.GetProperty("completion_tokens").GetInt32();
            }

            foreach (JsonElement choice in chunk.RootElement.GetProperty("choices").EnumerateArray())
            {
                if (choice.GetProperty("delta").TryGetProperty("content", out JsonElement content)
                    && content.ValueKind == JsonValueKind.String && content.GetString() is { Length: > 0 } piece)
                {
                    long now = Stopwatch.GetTimestamp();
                    if (pieces++ == 0)
                    {
                        result.FirstToken = Stopwatch.GetElapsedTime(started, now);
                    }
                    else
                    {
                        result.Between.Add(Stopwatch.GetElapsedTime(last, now));
                    }

                    last = now;
                    text.Append(piece);
                }
            }

            if (pieces >= leaveAfter)
            {
                result.HasLeft = true;
                break;
            }
        }

        result.Text = text.ToString();
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
