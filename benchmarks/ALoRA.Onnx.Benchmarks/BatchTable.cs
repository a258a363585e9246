using System.Diagnostics;
using System.Globalization;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>
/// Requests on one shared prefix, of the base and of adapters by turns, all together beside one after the other on the same engine, in
/// turns.
/// </summary>
internal static class BatchTable
{
    private const int PrefixTokens = 512;
    private const int AnswerTokens = 64;

    /// <summary>Prints the table.</summary>
    /// <param name="folder">An exported model with adapters.</param>
    /// <param name="requests">How many at a time.</param>
    /// <param name="rounds">How often both sides are run.</param>
    /// <param name="threads">Threads of a run.</param>
    public static async Task PrintAsync(string folder, int requests, int rounds, int threads)
    {
        using AloraModel model = AloraModel.Open(folder, new AloraModelOptions { IntraOpThreads = threads });
        string[] adapters = [.. model.Adapters.Names.Where(name => model.Adapters.Get(name).Kind == AdapterKind.Alora).Take(4)];
        await using AloraEngine engine = new(model, new EngineOptions { MaxRows = requests });
        await RunAsync(engine, adapters, requests, together: true);
        List<double> ratios = [];
        List<double> rates = [];
        for (int round = 0; round < rounds; round++)
        {
            double alone = await RunAsync(engine, adapters, requests, together: false);
            double together = await RunAsync(engine, adapters, requests, together: true);
            double basis = await RunAsync(engine, [], requests, together: true);
            double baseAlone = await RunAsync(engine, [], requests, together: false);
            ratios.Add(alone / together);
            rates.Add(requests * AnswerTokens / together);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"round {round}: base and {adapters.Length} adapters {alone:f2} s one after another, {together:f2} s together, "
                + $"ratio {alone / together:f2}; base only {baseAlone:f2} s, {basis:f2} s, ratio {baseAlone / basis:f2}"));
        }

        ratios.Sort();
        rates.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"median: together {ratios[ratios.Count / 2]:f2} times as fast, {rates[rates.Count / 2]:f0} tokens a second; "
            + $"{requests} requests of {AnswerTokens} tokens behind {PrefixTokens}, {threads} threads, {engine.Statistics.Steps} steps"));
    }

    private static async Task<double> RunAsync(AloraEngine engine, string[] adapters, int requests, bool together)
    {
        long started = Stopwatch.GetTimestamp();
        List<Task> answers = [];
        for (int i = 0; i < requests; i++)
        {
            Task answer = AskAsync(engine, i % (adapters.Length + 1) is 0 ? null : adapters[(i % (adapters.Length + 1)) - 1], i);
            answers.Add(answer);
            if (!together)
            {
                await answer;
            }
        }

        await Task.WhenAll(answers);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task AskAsync(AloraEngine engine, string? adapter, int number)
    {
        int vocabulary = engine.Model.Manifest.VocabularySize;
        int[] prompt = [.. Enumerable.Range(0, PrefixTokens).Select(i => (i * 7919) % (vocabulary - 300) + 200), 200 + number];
        IReadOnlyList<int> invocation = adapter is null ? [] : engine.Model.Adapters.Get(adapter).InvocationTokens;
        await using EngineAnswer answer = engine.Submit(new EngineRequest
        {
            Prompt = EncodedPrompt.FromTrusted([.. prompt, .. invocation]),
            Adapter = adapter,
            ActivationPosition = adapter is null ? null : prompt.Length,
            CacheScope = "benchmark",
            Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = AnswerTokens, IgnoreEndOfText = true },
        });
        await answer.ToEndAsync();
    }
}
