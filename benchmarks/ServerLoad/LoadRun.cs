using System.Diagnostics;
using System.Text;

namespace ALoRA.Onnx.ServerLoad;

/// <summary>Asks every question alone, then sends all requests as they come, and compares.</summary>
internal sealed class LoadRun(LoadOptions options, TextWriter output)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static readonly string[] Malformed =
        ["{", "[]", "{\"model\": 3}", "{\"model\": \"\", \"messages\": [{}]}", "{\"messages\": \"x\", \"n\": 1e99}", "\u0000"];

    private readonly LoadReport _report = new();
    private readonly Dictionary<(string Model, int Number), string> _alone = [];

    /// <summary>Runs.</summary>
    /// <returns>Whether everything was right.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        using LoadClient client = new(options);
        foreach (string model in options.Models)
        {
            for (int number = 0; number < Questions.Count; number++)
            {
                StreamResult alone = await client.AskAsync(
                    Questions.Body(model, number, options.Tokens, stream: true), cancellationToken: cancellationToken);
                if (!alone.IsComplete)
                {
                    await output.WriteLineAsync($"error: {model} does not answer: {alone.Status} {alone.Error}");
                    return false;
                }

                _alone[(model, number)] = alone.Text;
            }
        }

        using ProcessWatch? watch = options.Process is int id ? new ProcessWatch(id) : null;
        List<HttpResponseMessage> idle = [];
        for (int i = 0; i < options.IdleStreams; i++)
        {
            idle.Add(await client.OpenAsync(
                Questions.Body(options.Models[i % options.Models.Count], i % Questions.Count, options.Tokens, stream: true),
                cancellationToken));
            _report.Count($"idle: status {(int)idle[^1].StatusCode}");
        }

        long started = Stopwatch.GetTimestamp();
        Random random = new(options.Seed);
        List<Task> requests = [];
        for (int i = 0; i < options.SlowReaders; i++)
        {
            requests.Add(AskAsync(client, "slow", random.Next(), int.MaxValue, Pause, cancellationToken));
        }

        double due = 0;
        for (int i = 0; i < options.Requests; i++)
        {
            // Poisson: the times between arrivals are exponential, and nobody waits for an answer.
            due += -Math.Log(1 - random.NextDouble()) / options.Rate;
            TimeSpan wait = TimeSpan.FromSeconds(due) - Stopwatch.GetElapsedTime(started);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, cancellationToken);
            }

            double kind = random.NextDouble();
            int what = random.Next();
            requests.Add(
                kind < options.Malformed ? SendBadAsync(client, what, cancellationToken)
                : kind < options.Malformed + options.Disconnects
                    ? AskAsync(client, "leaving", what, 1 + (what % 6), TimeSpan.Zero, cancellationToken)
                    : AskAsync(client, "plain", what, int.MaxValue, TimeSpan.Zero, cancellationToken));
        }

        await Task.WhenAll(requests);
        TimeSpan time = Stopwatch.GetElapsedTime(started);
        idle.ForEach(response => response.Dispose());
        _report.Print(output, time);
        watch?.Print(output);
        return _report is { Wrong: 0, Lost: 0 };
    }

    private async Task AskAsync(
        LoadClient client, string kind, int what, int leaveAfter, TimeSpan pause, CancellationToken cancellationToken)
    {
        string model = options.Models[what % options.Models.Count];
        int number = what / options.Models.Count % Questions.Count;
        try
        {
            StreamResult result = await client.AskAsync(
                Questions.Body(model, number, options.Tokens, stream: true), leaveAfter, pause, cancellationToken);
            _report.Add(kind, result, _alone[(model, number)]);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            _report.Add(kind, new StreamResult { Status = 0 }, _alone[(model, number)]);
            _report.Count($"{kind}: {exception.GetType().Name}");
        }
    }

    private async Task SendBadAsync(LoadClient client, int what, CancellationToken cancellationToken)
    {
        bool isOversized = what % 8 == 0;
        byte[] body = isOversized ? new byte[options.OversizedBytes] : Encoding.UTF8.GetBytes(Malformed[what % Malformed.Length]);
        try
        {
            _report.Count($"{(isOversized ? "oversized" : "malformed")}: status {(int)await client.SendRawAsync(body, cancellationToken)}");
        }
        catch (Exception exception) when (isOversized && exception is HttpRequestException or IOException)
        {
            // The server may close the connection before it has read such a body.
            _report.Count("oversized: closed");
        }
    }
}
