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
/// <param name="tolerance">How far logits may be from each other; null only counts the tokens.</param>
internal sealed class RandomSchedule(AloraModel model, AloraModel twin, int seed, double? tolerance)
{
    private const int Context = 384;

    private readonly Random _random = new(seed);
    private readonly List<int[]> _prefixes = [];

    /// <summary>Tokens that were equal.</summary>
    public int Equal { get; private set; }

    /// <summary>Answers that went another way, with a tolerance only where the two best logits are nearer to each other.</summary>
    public int Different { get; private set; }

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
            MaxContextTokens = Context,
            MaxAdaptersPerStep = _random.Next(1, 4),
            StepTime = TimeSpan.FromMilliseconds(_random.Next(1, 40)),
            ReservedTokens = _random.Next(1, 8),
            MaxUnreadTokens = _random.Next(2) == 0 ? 1024 : 2,
        };
        List<SlotSize> sizes = _random.Next(2) == 0
            ? [new SlotSize(_random.Next(1, 6), Context)]
            : [new SlotSize(_random.Next(1, 5), 96), new SlotSize(_random.Next(1, 4), 192), new SlotSize(_random.Next(1, 3), Context)];
        await using AloraEngine engine = new(model, options, sizes);
        List<Task> answers = [];
        for (int i = 0; i < requests; i++)
        {
            EngineRequest request = Next();
            int cancelAfter = _random.Next(6) == 0 ? _random.Next(1, 8) : int.MaxValue;
            answers.Add(AskAsync(engine, request, cancelAfter, $"seed {seed}, request {i}, {request.Adapter ?? "base"}"));
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

    private async Task AskAsync(AloraEngine engine, EngineRequest request, int cancelAfter, string what)
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
        using Conversation conversation = twin.CreateConversation();
        await conversation.PromptAsync(
            request.Prompt, new PromptOptions { Adapter = request.Adapter, ActivationPosition = request.ActivationPosition });
        GenerationResult expected = await conversation.GenerateToEndAsync(With(request.Generation!, alone));
        lock (_prefixes)
        {
            Compare(tokens, together, expected, alone, request.Prompt.Ids.Length, isWhole: tokens.Count < cancelAfter, what);
        }
    }

    private void Compare(
        List<int> tokens, LogitsRecorder recorded, GenerationResult expected, LogitsRecorder alone, int prompt, bool isWhole, string what)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            float[]? row = recorded.Rows.GetValueOrDefault(prompt + i);
            float[]? expectedRow = alone.Rows.GetValueOrDefault(prompt + i);
            Assert.AreEqual(expectedRow is null, row is null, $"{what}: token {i} is forced");
            double difference = 0;
            for (int id = 0; row is not null && id < row.Length; id++)
            {
                difference = Math.Max(difference, Math.Abs(row[id] - expectedRow![id]));
            }

            Assert.IsTrue(difference <= (tolerance ?? double.PositiveInfinity), string.Create(
                CultureInfo.InvariantCulture, $"{what}: the logits of token {i} differ by {difference}"));
            Largest = Math.Max(Largest, difference);
            if (tokens[i] != expected.Tokens[i])
            {
                float[] sorted = [.. expectedRow!.OrderDescending().Take(2)];
                Assert.IsLessThanOrEqualTo(tolerance ?? double.PositiveInfinity, sorted[0] - sorted[1], $"{what}: token {i}");
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
