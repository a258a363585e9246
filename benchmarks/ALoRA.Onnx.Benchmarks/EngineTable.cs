using System.Diagnostics;
using System.Globalization;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>How many tokens a second an engine decodes with so many requests at once, each behind a prompt of its own.</summary>
internal static class EngineTable
{
    /// <summary>Tokens of each answer.</summary>
    public const int AnswerTokens = 640;

    private const int Room = 1024;

    /// <summary>Prints a row for each number of requests.</summary>
    /// <param name="folder">An exported model.</param>
    /// <param name="provider">What computes; null chooses.</param>
    /// <param name="context">Tokens of each prompt.</param>
    /// <param name="counts">Numbers of requests.</param>
    public static async Task PrintAsync(string folder, string? provider, int context, int[] counts)
    {
        using AloraModel model = AloraModel.Open(folder, new AloraModelOptions
        {
            ExecutionProvider = provider is null ? ExecutionProvider.Auto : ExecutionProvider.Named(provider),
        });
        long bytes = counts.Max() * (context + (long)Room) * BytesOfToken(model);
        await using AloraEngine engine = new(model, new EngineOptions
        {
            MaxRows = counts.Max(),
            MaxContextTokens = context + Room,
            CacheBytes = bytes,
        });
        string[] adapters = [.. model.Adapters.Names.Where(name => model.Adapters.Get(name).Kind == AdapterKind.Alora).Take(8)];
        Console.WriteLine($"{model.Manifest.Name} on {model.ExecutionProvider}, {context} tokens before each, {adapters.Length} adapters");
        double single = 0;
        foreach (int count in counts)
        {
            await RunAsync(engine, [], context, count);
            (double rate, double whole) = await RunAsync(engine, [], context, count);
            single = single == 0 ? rate / count : single;
            (double mixed, _) = adapters.Length == 0 ? default : await RunAsync(engine, adapters, context, count);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{count,3} rows: {rate,8:f1} tokens/s, {1000 * count / rate,7:f2} ms a step, {rate / single,6:f2} x one row; "
                + $"mixed {mixed:f1}; from the first request to the last answer {whole:f1}"));
        }
    }

    /// <summary>A prompt that no other number has in common with this one, of ids that every vocabulary has.</summary>
    public static int[] PromptOf(int context, int number) =>
        [200 + number, .. Enumerable.Range(0, context - 1).Select(i => (((i + number) * 7919) % 1000) + 200)];

    private static long BytesOfToken(AloraModel model)
    {
        using Conversation conversation = model.CreateConversation();
        int[] one = [1];
        conversation.AppendAsync(one).GetAwaiter().GetResult();

        // A cache has room for 256 tokens at first.
        return conversation.CacheBytes / 256;
    }

    // A second from the moment when all prompts are computed until the first answer ends, and from the first request to the last answer.
    private static async Task<(double Rate, double Whole)> RunAsync(AloraEngine engine, string[] adapters, int context, int count)
    {
        long tokens = 0;
        long ended = 0;
        long submitted = Stopwatch.GetTimestamp();
        List<EngineAnswer> answers = [];
        for (int i = 0; i < count; i++)
        {
            string? adapter = i % (adapters.Length + 1) == 0 ? null : adapters[(i % (adapters.Length + 1)) - 1];
            answers.Add(engine.Submit(RequestOf(engine.Model, adapter, context, i)));
        }

        Task[] readers = [.. answers.Select(async answer =>
        {
            await foreach (GeneratedToken _ in answer)
            {
                Interlocked.Increment(ref tokens);
            }

            Interlocked.CompareExchange(ref ended, Stopwatch.GetTimestamp(), 0);
        })];
        await Task.WhenAll(answers.Select(answer => answer.PromptUsage));
        long before = Interlocked.Read(ref tokens);
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAny(readers);
        double rate = (Interlocked.Read(ref tokens) - before) / Stopwatch.GetElapsedTime(started, Interlocked.Read(ref ended)).TotalSeconds;
        await Task.WhenAll(readers);
        return (rate, count * AnswerTokens / Stopwatch.GetElapsedTime(submitted).TotalSeconds);
    }

    private static EngineRequest RequestOf(AloraModel model, string? adapter, int context, int number)
    {
        int[] prompt = PromptOf(context, number);
        IReadOnlyList<int> invocation = adapter is null ? [] : model.Adapters.Get(adapter).InvocationTokens;
        return new EngineRequest
        {
            Prompt = EncodedPrompt.FromTrusted([.. prompt, .. invocation]),
            Adapter = adapter,
            ActivationPosition = adapter is null ? null : prompt.Length,
            CacheScope = "benchmark",

            // Those that come first are computed alone; all have the same number of tokens left when the last one joins.
            Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = AnswerTokens, IgnoreEndOfText = true },
        };
    }
}
