using System.Diagnostics;
using System.Globalization;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>
/// How long a question to an adapter about a long conversation waits for its first token while others decode, and how long they wait.
/// </summary>
internal static class BesideTable
{
    private const int AnswerTokens = 8;
    private const int Others = 15;
    private const int OthersPrompt = 128;
    private const int Room = 1024;
    private const string Scope = "benchmark";

    /// <summary>Prints the table.</summary>
    /// <param name="folder">An exported model with aLoRAs.</param>
    /// <param name="context">Tokens of the conversation.</param>
    /// <param name="questions">Questions asked, idle and beside others.</param>
    /// <param name="threads">Threads of a run.</param>
    public static async Task PrintAsync(string folder, int context, int questions, int threads)
    {
        using AloraModel model = AloraModel.Open(folder, new AloraModelOptions { IntraOpThreads = threads });
        string[] adapters = [.. model.Adapters.Names.Where(name => model.Adapters.Get(name).Kind == AdapterKind.Alora).Take(4)];
        if (adapters.Length == 0)
        {
            throw new ArgumentException($"{folder}: expected a model with an aLoRA, got none. Convert one with `alora adapter convert`.");
        }

        await using AloraEngine engine = new(model, new EngineOptions { MaxRows = Others + 1, MaxContextTokens = context + Room });
        int[] conversation = PromptOf(model, context, 0);
        await AskAsync(engine, conversation, null, 1);
        List<Question> idle = [];
        for (int i = -1; i < questions; i++)
        {
            Question question = await AskAsync(engine, conversation, adapters[(i + 1) % adapters.Length], AnswerTokens);
            idle.AddRange(i < 0 ? [] : [question]);
        }

        List<Stream> streams = [.. Enumerable.Range(0, Others).Select(i => new Stream(Submit(
            engine, PromptOf(model, OthersPrompt, i + 1), null, context + Room - OthersPrompt)))];
        Task[] readers = [.. streams.Select(stream => stream.ReadAsync())];
        await Task.WhenAll(streams.Select(stream => stream.AfterAsync(AnswerTokens)));
        List<Question> beside = [];
        List<double> without = [];
        for (int i = 0; i < questions; i++)
        {
            long from = Stopwatch.GetTimestamp();
            await Task.WhenAll(streams.Select(stream => stream.AfterAsync(AnswerTokens)));
            without.AddRange(streams.SelectMany(stream => stream.Gaps(from, Stopwatch.GetTimestamp())));
            beside.Add(await AskAsync(engine, conversation, adapters[i % adapters.Length], AnswerTokens));
        }

        double[] with = [.. beside.SelectMany(question => streams.SelectMany(stream => stream.Gaps(question.Asked, question.Ended)))];
        foreach (Stream stream in streams)
        {
            await stream.DisposeAsync();
        }

        await Task.WhenAll(readers);
        Print(model, context, idle, beside, [.. without], with);
    }

    private static void Print(
        AloraModel model, int context, List<Question> idle, List<Question> beside, double[] without, double[] with)
    {
        double[] alone = [.. idle.Select(question => question.FirstToken)];
        double[] first = [.. beside.Select(question => question.FirstToken)];
        double step = At(without, 0.5);
        CultureInfo culture = CultureInfo.InvariantCulture;
        Console.WriteLine(string.Create(
            culture,
            $"{model.Manifest.Name} ({model.Manifest.Precision.Name}) on {model.ExecutionProvider}: {beside.Count} questions about "
            + $"{context} tokens, {Others} others decode behind {OthersPrompt}"));
        Console.WriteLine(string.Create(culture, $"a step of the others: {step:f1} ms"));
        Console.WriteLine(string.Create(culture, $"first token, idle:    p50 {At(alone, 0.5),7:f1} ms, p95 {At(alone, 0.95),7:f1} ms"));
        Console.WriteLine(string.Create(
            culture,
            $"first token, beside:  p50 {At(first, 0.5),7:f1} ms, p95 {At(first, 0.95),7:f1} ms: "
            + $"{(At(first, 0.95) - At(alone, 0.95)) / step:f2} steps above idle (check: 2)"));
        Console.WriteLine(string.Create(
            culture, $"cached tokens:        {100 * beside.Min(question => question.Cached):f2} % at least (check: 99 %)"));
        Console.WriteLine(string.Create(
            culture, $"others' time between tokens without: p50 {step,7:f1} ms, p95 {At(without, 0.95),7:f1} ms, "
            + $"ratio {At(without, 0.95) / step:f2}"));
        Console.WriteLine(string.Create(
            culture, $"others' time between tokens with:    p50 {At(with, 0.5),7:f1} ms, p95 {At(with, 0.95),7:f1} ms, "
            + $"ratio {At(with, 0.95) / At(with, 0.5):f2} (check: 1.5), to the median without {At(with, 0.95) / step:f2}"));
    }

    private static double At(double[] values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }

    private static int[] PromptOf(AloraModel model, int length, int number)
    {
        int ids = model.Manifest.VocabularySize - 300;
        return [200 + number, .. Enumerable.Range(1, length - 1).Select(i => ((i + number) * 7919 % ids) + 200)];
    }

    private static async Task<Question> AskAsync(AloraEngine engine, int[] conversation, string? adapter, int tokens)
    {
        long asked = Stopwatch.GetTimestamp();
        await using EngineAnswer answer = Submit(engine, conversation, adapter, tokens);
        long first = 0;
        await foreach (GeneratedToken _ in answer)
        {
            first = first == 0 ? Stopwatch.GetTimestamp() : first;
        }

        TokenUsage usage = await answer.PromptUsage;
        return new Question(
            asked, Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(asked, first).TotalMilliseconds,
            (double)usage.ReusedTokens / (usage.ReusedTokens + usage.ComputedTokens));
    }

    private static EngineAnswer Submit(AloraEngine engine, int[] prompt, string? adapter, int tokens) => engine.Submit(new EngineRequest
    {
        Prompt = EncodedPrompt.FromTrusted(
            [.. prompt, .. adapter is null ? [] : engine.Model.Adapters.Get(adapter).InvocationTokens]),
        Adapter = adapter,
        ActivationPosition = adapter is null ? null : prompt.Length,
        CacheScope = Scope,
        Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = tokens, IgnoreEndOfText = true },
    });

    /// <summary>A question that was answered.</summary>
    private sealed record Question(long Asked, long Ended, double FirstToken, double Cached);

    /// <summary>An answer that goes on and on, and when its tokens came.</summary>
    private sealed class Stream(EngineAnswer answer) : IAsyncDisposable
    {
        private readonly Lock _gate = new();
        private readonly List<long> _times = [];
        private TaskCompletionSource _reached = new();
        private int _wanted = int.MaxValue;

        public async Task ReadAsync()
        {
            try
            {
                await foreach (GeneratedToken _ in answer)
                {
                    lock (_gate)
                    {
                        _times.Add(Stopwatch.GetTimestamp());
                        if (_times.Count >= _wanted)
                        {
                            _reached.TrySetResult();
                        }
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // That is how it ends.
            }
        }

        public Task AfterAsync(int tokens)
        {
            lock (_gate)
            {
                _wanted = _times.Count + tokens;
                _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _reached.Task;
            }
        }

        public double[] Gaps(long from, long to)
        {
            lock (_gate)
            {
                return
                [
                    .. _times.Zip(_times.Skip(1)).Where(pair => pair.Second > from && pair.Second <= to)
                        .Select(pair => Stopwatch.GetElapsedTime(pair.First, pair.Second).TotalMilliseconds),
                ];
            }
        }

        public ValueTask DisposeAsync() => answer.DisposeAsync();
    }
}
