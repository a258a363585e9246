using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>The requests of <see cref="EngineTable"/> as streams of a server: what HTTP, JSON and the clients cost.</summary>
internal static class HttpTable
{
    /// <summary>Prints a row for each number of requests.</summary>
    /// <param name="url">Where the server is.</param>
    /// <param name="model">The model's name there.</param>
    /// <param name="context">Tokens of each prompt.</param>
    /// <param name="counts">Numbers of requests.</param>
    public static async Task PrintAsync(Uri url, string model, int context, int[] counts)
    {
        using HttpClient client = new(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue })
        {
            BaseAddress = url,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        foreach (int count in counts)
        {
            await RunAsync(client, model, context, count);
            double whole = await RunAsync(client, model, context, count);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{count,3} streams: from the first request to the last answer {whole:f1} tokens/s"));
        }
    }

    private static async Task<double> RunAsync(HttpClient client, string model, int context, int count)
    {
        long started = Stopwatch.GetTimestamp();
        int[] tokens = await Task.WhenAll(Enumerable.Range(0, count).Select(number => AskAsync(client, model, context, number)));
        return tokens.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<int> AskAsync(HttpClient client, string model, int context, int number)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "v1/completions")
        {
            Content = JsonContent.Create(new
            {
                model,
                prompt = EngineTable.PromptOf(context, number),
                max_tokens = EngineTable.AnswerTokens,
                temperature = 0,
                ignore_eos = true,
                stream = true,
                stream_options = new { include_usage = true },
            }),
        };
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }

        using StreamReader reader = new(await response.Content.ReadAsStreamAsync());
        int tokens = 0;
        while (await reader.ReadLineAsync() is string line)
        {
            if (line.StartsWith("data: {", StringComparison.Ordinal))
            {
                using JsonDocument piece = JsonDocument.Parse(line["data: ".Length..]);
                if (piece.RootElement.TryGetProperty("usage", out JsonElement usage) && usage.ValueKind == JsonValueKind.Object)
                {
                    tokens = usage.GetProperty("completion_tokens").GetInt32();
                }
            }
        }

        return tokens == EngineTable.AnswerTokens
            ? tokens
            : throw new InvalidDataException($"Expected {EngineTable.AnswerTokens} tokens, got {tokens}.");
    }
}
