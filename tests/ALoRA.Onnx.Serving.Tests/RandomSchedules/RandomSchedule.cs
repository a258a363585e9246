using System.Globalization;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Tests.RandomSchedules;

/// <summary>
/// Requests that join, leave and are cancelled at random on an engine with few slots, beside adapters that come and go; each answer is
/// compared with that of the request alone on a model of its own.
/// </summary>
/// <param name="model">What the engine computes with.</param>
/// <param name="twin">The same for the requests alone.</param>
/// <param name="seed">Which schedule.</param>
/// <param name="tolerance">
/// How far logits may be from each other, or from float64 where those of the request alone are at least half as far; null only counts the
/// tokens.
/// </param>
/// <param name="truth">The model in float64.</param>
internal sealed class RandomSchedule(AloraModel model, AloraModel twin, int seed, double? tolerance, Float64Demo truth)
{
    private readonly Random _random = new(seed);

    // In one of two, answers reach the end of the longest slot.
    private readonly int _context = seed % 2 == 0 ? 384 : 240;
    private readonly List<int[]> _prefixes = [];

    /// <summary>Tokens that were equal.</summary>
    public int Equal { get; private set; }

    /// <summary>Answers that went another way, with a tolerance only where the two best logits are nearer to each other.</summary>
    public int Different { get; private set; }

    /// <summary>Answers whose logits were further away, where those of the request alone are as far from float64.</summary>
    public int Sensitive { get; private set; }

    /// <summary>What there is to say about answers whose logits were further away.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>How far some answers' logits were from float64, and those of the request alone.</summary>
    public List<(double Together, double Alone)> FromFloat64 { get; } = [];

    /// <summary>The largest difference of a logit.</summary>
    public double Largest { get; private set; }

    /// <summary>Figures of the engine at its end.</summary>
    public EngineStatistics Statistics { get; private set; } = new();

    public async Task RunAsync(int requests)
    {
        for (int i = 0; i < 3; i++)
        {
            _prefixes.Add(Ids(_random.Next(20, 160)));
        }

        EngineOptions options = new()
        {
            MaxRows = _random.Next(1, 9),
            MaxContextTokens = _context,
            MaxAdaptersPerStep = _random.Next(1, 4),
            StepTime = TimeSpan.FromMilliseconds(_random.Next(1, 40)),
            ReservedTokens = _random.Next(1, 8),
            MaxUnreadTokens = _random.Next(2) == 0 ? 1024 : 2,
        };
        List<SlotSize> sizes = _random.Next(2) == 0
            ? [new SlotSize(_random.Next(1, 6), _context)]
            : [new SlotSize(_random.Next(1, 5), 96), new SlotSize(_random.Next(1, 4), 192), new SlotSize(_random.Next(1, 3), _context)];
        await using AloraEngine engine = new(model, options, sizes);
        List<Task> answers = [];
        for (int i = 0; i < requests; i++)
        {
            EngineRequest request = Next();
            int cancelAfter = _random.Next(6) == 0 ? _random.Next(1, 8) : int.MaxValue;
            bool isMeasured = i == 0 && seed % 4 == 0 && tolerance is not null;
            answers.Add(AskAsync(engine, request, cancelAfter, isMeasured, $"seed {seed}, request {i}, {request.Adapter ?? "base"}"));
            if (_random.Next(3) == 0)
            {
                await Task.Delay(_random.Next(1, 30));
            }

            if (_random.Next(8) == 0)
            {
                Reload();
            }
        }

        await Task.WhenAll(answers);
        Statistics = engine.Statistics;
        Assert.AreEqual(0, Statistics.Running + Statistics.Waiting, $"seed {seed}");
        Assert.AreEqual(0, Statistics.Failed, $"seed {seed}");
    }

    private async Task AskAsync(AloraEngine engine, EngineRequest request, int cancelAfter, bool isMeasured, string what)
    {
        LogitsRecorder together = new();
        List<int> tokens = [];
        EngineAnswer answer = engine.Submit(request with { Generation = With(request.Generation!, together) });
        await using (answer)
        {
            await foreach (GeneratedToken token in answer)
            {
                tokens.Add(token.Id);
                if (tokens.Count == cancelAfter)
                {
                    break;
                }
            }
        }

        LogitsRecorder alone = new();
        int room = _context - request.Prompt.Ids.Length;
        request = request with
        {
            Generation = request.Generation! with { MaxNewTokens = Math.Min(request.Generation.MaxNewTokens!.Value, room) },
        };
        using Conversation conversation = twin.CreateConversation();
        await conversation.PromptAsync(
            request.Prompt, new PromptOptions { Adapter = request.Adapter, ActivationPosition = request.ActivationPosition });
        GenerationResult expected = await conversation.GenerateToEndAsync(With(request.Generation!, alone));
        double limit = tolerance ?? double.PositiveInfinity;
        double difference = Difference(tokens, together, expected.Tokens, alone, request.Prompt.Ids.Length);
        bool isSensitive = difference > limit;
        if (isSensitive || isMeasured)
        {
            // Which of the two is further from the truth? Float32 alone may be so by more than the tolerance.
            (double error, double own) = FromTruth(request, tokens, together, expected.Tokens, alone);
            lock (_prefixes)
            {
                FromFloat64.Add((error, own));
            }

            if (isSensitive && error > Math.Max(limit, 2 * own))
            {
                // It may be near by chance: computed in other pieces it is as far as it may be.
                own = Math.Max(own, await OwnErrorAsync(request, tokens, together, expected.Tokens));
            }

            limit = isSensitive ? Math.Max(limit, 2 * own) : limit;
            Assert.IsTrue(!isSensitive || error <= limit, string.Create(
                CultureInfo.InvariantCulture,
                $"{what}: logits differ by {difference:e2} and are {error:e2} from float64, those of the request alone {own:e2}"));
            what = string.Create(
                CultureInfo.InvariantCulture, $"{what}: differs by {difference:e2}; from float64 {error:e2}, alone {own:e2}");
        }

        lock (_prefixes)
        {
            Sensitive += isSensitive ? 1 : 0;
            Notes.AddRange(isSensitive ? [what] : []);
            Largest = Math.Max(Largest, difference);
            Compare(tokens, together, expected, alone, request.Prompt.Ids.Length, limit, isWhole: tokens.Count < cancelAfter, what);
        }
    }

    // Of the tokens with the same past.
    private static double Difference(
        List<int> tokens, LogitsRecorder recorded, IReadOnlyList<int> expected, LogitsRecorder alone, int prompt)
    {
        double largest = 0;
        for (int i = 0; i < Math.Min(tokens.Count, expected.Count); i++)
        {
            if (recorded.Rows.GetValueOrDefault(prompt + i) is float[] row && alone.Rows.GetValueOrDefault(prompt + i) is float[] other)
            {
                for (int id = 0; id < row.Length; id++)
                {
                    largest = Math.Max(largest, Math.Abs(row[id] - other[id]));
                }
            }

            if (tokens[i] != expected[i])
            {
                break;
            }
        }

        return largest;
    }

    // How far both are from float64 in the tokens with the same past.
    private (double Together, double Alone) FromTruth(
        EngineRequest request, List<int> tokens, LogitsRecorder together, IReadOnlyList<int> expected, LogitsRecorder alone)
    {
        int same = tokens.Zip(expected).TakeWhile(pair => pair.First == pair.Second).Count();
        int prompt = request.Prompt.Ids.Length;
        double[][] rows = truth.Logits(
            [.. request.Prompt.Ids.ToArray(), .. tokens.Take(same)], prompt - 1, request.Adapter, request.ActivationPosition ?? 0);
        return (Distance(together), Distance(alone));

        double Distance(LogitsRecorder recorded) => rows.Select((row, i) =>
            recorded.Rows.GetValueOrDefault(prompt + i) is float[] got && together.Rows.ContainsKey(prompt + i)
                ? got.Zip(row, (a, b) => Math.Abs(a - b)).Max()
                : 0).Max();
    }

    // How far the request alone is from float64 at most: sums of other lengths, other kernels for other numbers of rows.
    private async Task<double> OwnErrorAsync(
        EngineRequest request, List<int> tokens, LogitsRecorder together, IReadOnlyList<int> expected)
    {
        int[] ids = request.Prompt.Ids.ToArray();
        int cut = (request.ActivationPosition ?? ids.Length) - 1;
        bool isOfAdapter = request.Adapter is not null && request.ActivationPosition is null;
        PromptOptions options = new() { Adapter = request.Adapter, ActivationPosition = request.ActivationPosition };
        Random random = new(seed);
        double largest = 0;
        for (int trial = 0; trial < 20; trial++)
        {
            using Conversation conversation = twin.CreateConversation();
            int most = random.Next(2, 40);
            for (int at = 0; at < cut;)
            {
                int next = Math.Min(cut, at + random.Next(1, most));

                // An adapter without an activation computes the prompt, too, and keeps none of the base's rows.
                await (isOfAdapter
                    ? conversation.PromptAsync(EncodedPrompt.FromTrusted(ids.AsSpan(0, next)), options)
                    : conversation.AppendAsync(ids.AsMemory(at, next - at)));
                at = next;
            }

            LogitsRecorder again = new();
            await conversation.PromptAsync(request.Prompt, options);
            GenerationResult result = await conversation.GenerateToEndAsync(With(request.Generation!, again));
            int same = result.Tokens.Zip(expected).TakeWhile(pair => pair.First == pair.Second).Count();
            largest = Math.Max(largest, FromTruth(request, [.. tokens.Take(same)], together, expected, again).Alone);
        }

        return largest;
    }

    private void Compare(
        List<int> tokens, LogitsRecorder recorded, GenerationResult expected, LogitsRecorder alone, int prompt, double limit, bool isWhole,
        string what)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            float[]? expectedRow = alone.Rows.GetValueOrDefault(prompt + i);
            Assert.AreEqual(expectedRow is null, !recorded.Rows.ContainsKey(prompt + i), $"{what}: token {i} is forced");
            if (tokens[i] != expected.Tokens[i])
            {
                float[] sorted = [.. expectedRow!.OrderDescending().Take(2)];
                Assert.IsLessThanOrEqualTo(limit, sorted[0] - sorted[1], $"{what}: token {i}");
                Different++;
                return;
            }

            Equal++;
        }

        Assert.AreEqual(isWhole ? expected.Tokens.Count : tokens.Count, tokens.Count, what);
    }

    private EngineRequest Next()
    {
        int[] prefix = _prefixes[_random.Next(_prefixes.Count)];
        int[] prompt = [.. prefix[..(_random.Next(2) == 0 ? prefix.Length : _random.Next(1, prefix.Length))], .. Ids(_random.Next(0, 30))];
        string? adapter = _random.Next(3) == 0 ? null : DemoModel.AdapterNames[_random.Next(DemoModel.AdapterNames.Count)];
        IReadOnlyList<int> invocation = adapter is null ? [] : twin.Adapters.Get(adapter).InvocationTokens;
        return new EngineRequest
        {
            Prompt = EncodedPrompt.FromTrusted([.. prompt, .. invocation]),
            Adapter = adapter,
            ActivationPosition = invocation.Count > 0 ? prompt.Length : null,
            CacheScope = _random.Next(3) switch { 0 => null, 1 => "a", _ => "b" },
            Tenant = _random.Next(2) == 0 ? null : "someone",
            Generation = new GenerationOptions
            {
                Temperature = 0,
                MaxNewTokens = _random.Next(1, 60),
                IgnoreEndOfText = _random.Next(2) == 0,
                Constraint = _random.Next(5) == 0 ? TokenConstraint.FromChoices(["yes", "no", "maybe not"]) : null,
            },
        };
    }

    private void Reload()
    {
        string name = DemoModel.AdapterNames[_random.Next(DemoModel.AdapterNames.Count)];
        try
        {
            model.Adapters.Get(name);
            model.Adapters.Unload(name);
        }
        catch (InvalidOperationException)
        {
            // A request uses it.
        }
    }

    private int[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => _random.Next(10, 900))];

    private static GenerationOptions With(GenerationOptions options, LogitsRecorder recorder) =>
        options with { LogitsProcessors = [_ => recorder] };
}
