using ALoRA.Onnx.EndToEnd.Tests.Cases;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Tests;

[TestClass]
public sealed class AloraEngineTests
{
    private static readonly string[] Questions =
        ["What is 17 + 25?", "What is 8 + 5?", "Compute 31 + 46.", "What is the capital of France?", "Compute 12 + 9.", "What is 47 + 38?"];

    [TestMethod]
    public async Task Submit_BaseAndAdaptersTogether_AnswersAreThoseOfEachAlone()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        List<(EngineRequest Request, EngineAnswer Answer)> answers = [];
        foreach (EngineRequest request in Mixed(model))
        {
            answers.Add((request, engine.Submit(request)));
        }

        foreach ((EngineRequest request, EngineAnswer answer) in answers)
        {
            GenerationResult together = await answer.ToEndAsync();
            GenerationResult alone = await AloneAsync(model, request);
            Assert.AreEqual(alone.Text, together.Text, $"{request.Adapter}");
            CollectionAssert.AreEqual(alone.Tokens.ToArray(), together.Tokens.ToArray());
        }
    }

    [TestMethod]
    [DataRow(1e25f, "")]
    [DataRow(3e38f, "lora_A")]
    [DataRow(1e19f, "layers.0")]
    public async Task Submit_AdapterThatOverflowsBesideOthers_FailsAloneAndIsNamed(float value, string part)
    {
        using TemporaryFolder folder = new();
        string poisoned = await PoisonedModel.CopyAsync(folder);
        PoisonedModel.Fill(PoisonedModel.WeightsOf(poisoned, "certainty"), value, part);
        using AloraModel model = AloraModel.Open(poisoned);
        AloraModel good = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        for (int round = 0; round < 2; round++)
        {
            List<(EngineRequest Request, EngineAnswer Answer)> answers =
                [.. Mixed(model).Select(request => (request, engine.Submit(request)))];
            foreach ((EngineRequest request, EngineAnswer answer) in answers)
            {
                if (request.Adapter == "certainty")
                {
                    InvalidOperationException exception =
                        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => answer.ToEndAsync());
                    Assert.Contains("'certainty'", exception.Message);
                    continue;
                }

                GenerationResult alone = await AloneAsync(good, request);
                CollectionAssert.AreEqual(alone.Tokens.ToArray(), (await answer.ToEndAsync()).Tokens.ToArray(), request.Adapter ?? "base");
            }
        }
    }

    /// <summary>Slots of two classes are two runs with one stack, which has the bad weights also where no row is theirs.</summary>
    [TestMethod]
    public async Task Submit_AdapterThatOverflowsInAnotherClassOfSlots_IsTheOneThatFails()
    {
        using TemporaryFolder folder = new();
        string poisoned = await PoisonedModel.CopyAsync(folder);
        PoisonedModel.Fill(PoisonedModel.WeightsOf(poisoned, "certainty"), 3e38f, "lora_A");
        using AloraModel model = AloraModel.Open(poisoned);
        AloraModel good = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model, options: null, [new SlotSize(1, 64), new SlotSize(2, 256)]);
        int[] shorter = Prompt(model, Questions[0]);
        int[] longer = [.. Enumerable.Range(0, 100).Select(i => 20 + i), .. shorter];
        EngineRequest sound = Invoking(model, "jailbreak", shorter);
        EngineAnswer answer = engine.Submit(sound);
        EngineAnswer bad = engine.Submit(Invoking(model, "certainty", longer));
        InvalidOperationException exception = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => bad.ToEndAsync());
        Assert.Contains("'certainty'", exception.Message);
        CollectionAssert.AreEqual((await AloneAsync(good, sound)).Tokens.ToArray(), (await answer.ToEndAsync()).Tokens.ToArray());
    }

    [TestMethod]
    public async Task Submit_AfterARequestThatBeginsAlike_FindsItsRows()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        int[] prompt = Prompt(model, Questions[0]);
        EngineRequest request = Greedy(prompt, 8) with { CacheScope = "mine" };
        GenerationResult first = await engine.Submit(request).ToEndAsync();
        await using EngineAnswer again = engine.Submit(request);
        Assert.AreEqual(prompt.Length - 1, (await again.PromptUsage).ReusedTokens);
        CollectionAssert.AreEqual(first.Tokens.ToArray(), (await again.ToEndAsync()).Tokens.ToArray());
        int[] longer = [.. prompt, .. first.Tokens];
        IReadOnlyList<int> invocation = model.Adapters.Get("certainty").InvocationTokens;
        await using EngineAnswer intrinsic = engine.Submit(Greedy([.. longer, .. invocation], 4) with
        {
            Adapter = "certainty",
            ActivationPosition = longer.Length,
            CacheScope = "mine",
        });
        Assert.IsGreaterThanOrEqualTo(longer.Length - 1, (await intrinsic.PromptUsage).ReusedTokens);
        await using EngineAnswer stranger = engine.Submit(request with { CacheScope = "yours" });
        Assert.AreEqual(0, (await stranger.PromptUsage).ReusedTokens);
    }

    [TestMethod]
    public async Task Activity_OfOneRequest_StepsAddUpToWhatItTook()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        int[] prompt = Prompt(model, Questions[0]);
        await engine.Submit(Greedy(prompt, 8) with { CacheScope = "mine" }).ToEndAsync();
        GenerationResult second = await engine.Submit(Greedy(prompt, 8) with { CacheScope = "mine" }).ToEndAsync();

        EngineActivity activity = engine.Activity;

        Assert.IsEmpty(activity.Requests);
        Assert.AreEqual(engine.Statistics.Steps, activity.Steps.Count);
        CollectionAssert.AreEqual(
            Enumerable.Range(1, activity.Steps.Count).Select(number => (long)number).ToArray(),
            activity.Steps.Select(step => step.Number).ToArray());
        Assert.AreEqual(prompt.Length - 1, activity.Steps.Sum(step => step.CachedTokens));
        Assert.AreEqual(prompt.Length, activity.Steps.Sum(step => step.PromptTokens));

        // The last token of a prompt that was found is a row as one of an answer.
        Assert.AreEqual((2 * (second.Tokens.Count - 1)) + 1, activity.Steps.Sum(step => step.Rows));
    }

    /// <summary>
    /// As many slots as prompts: one that makes room in another one's slot would take each other's rows, one after another.
    /// </summary>
    [TestMethod]
    public async Task Submit_AsManyPromptsAsSlotsAgain_EachFindsItsOwnRows()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model, options: null, [new SlotSize(3, 256)]);
        EngineRequest[] requests = [.. Enumerable.Range(0, 3).Select(number => Greedy(
            [.. Enumerable.Range(0, 100).Select(i => 10 + number + (i * 31 % 800))], 60) with { CacheScope = "mine" })];
        foreach (EngineRequest request in requests)
        {
            await engine.Submit(request).ToEndAsync();
        }

        foreach (EngineRequest request in requests)
        {
            await using EngineAnswer again = engine.Submit(request);
            Assert.AreEqual(99, (await again.PromptUsage).ReusedTokens);
        }
    }

    /// <summary>
    /// A few common tokens are not worth the long rest of another conversation, if there is something shorter to give up.
    /// </summary>
    [TestMethod]
    public async Task Submit_LongConversationBeginsAlike_TakesTheShorterSlot()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model, options: null, [new SlotSize(2, 256)]);
        int[] opening = [.. Enumerable.Range(0, 40).Select(i => 10 + (i * 31 % 800))];
        EngineRequest longer = Greedy([.. opening, .. Enumerable.Range(0, 150).Select(i => 20 + i)], 4) with { CacheScope = "mine" };
        EngineRequest shorter = Greedy([.. Enumerable.Range(0, 50).Select(i => 300 + i)], 4) with { CacheScope = "mine" };
        await engine.Submit(shorter).ToEndAsync();
        await engine.Submit(longer).ToEndAsync();
        await using EngineAnswer other = engine.Submit(Greedy([.. opening, 700, 701], 4) with { CacheScope = "mine" });
        Assert.AreEqual(40, (await other.PromptUsage).ReusedTokens);
        await other.ToEndAsync();
        await using EngineAnswer again = engine.Submit(longer);
        Assert.AreEqual(189, (await again.PromptUsage).ReusedTokens);
    }

    [TestMethod]
    public async Task Submit_SamePromptAtOnce_IsComputedOnce()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        int[] prompt = [.. Enumerable.Range(0, 300).Select(i => 10 + (i * 31 % 800))];
        EngineAnswer[] answers = [.. Enumerable.Range(0, 4).Select(_ => engine.Submit(Greedy(prompt, 4) with { CacheScope = "mine" }))];
        GenerationResult[] results = await Task.WhenAll(answers.Select(answer => answer.ToEndAsync()));
        Assert.AreEqual(4 * prompt.Length, engine.Statistics.PromptTokens);
        Assert.AreEqual(3 * (prompt.Length - 1), engine.Statistics.CachedTokens);
        foreach (GenerationResult result in results)
        {
            CollectionAssert.AreEqual(results[0].Tokens.ToArray(), result.Tokens.ToArray());
        }
    }

    [TestMethod]
    public async Task Submit_ReaderThatTakesNothing_RestsAndGoesOn()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model, new EngineOptions { MaxRows = 1, MaxUnreadTokens = 4 });
        EngineRequest request = Greedy(Prompt(model, Questions[0]), 30);
        EngineAnswer slow = engine.Submit(request);
        await slow.PromptUsage;

        // It has the only place, which others get while it rests.
        EngineRequest other = Greedy(Prompt(model, Questions[1]), 20);
        await using EngineAnswer quick = engine.Submit(other);
        CollectionAssert.AreEqual((await AloneAsync(model, other)).Tokens.ToArray(), (await quick.ToEndAsync()).Tokens.ToArray());
        CollectionAssert.AreEqual((await AloneAsync(model, request)).Tokens.ToArray(), (await slow.ToEndAsync()).Tokens.ToArray());
    }

    [TestMethod]
    public async Task Submit_MoreThanMayWait_IsRefused()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model, new EngineOptions { MaxRows = 1, MaxQueuedRequests = 2 });
        EngineRequest request = Greedy(Prompt(model, Questions[0]), 200);
        List<EngineAnswer> answers = [];
        AloraBusyException? refused = null;
        while (refused is null && answers.Count < 10)
        {
            try
            {
                answers.Add(engine.Submit(request));
            }
            catch (AloraBusyException exception)
            {
                refused = exception;
            }
        }

        Assert.AreEqual(2, refused?.MaxQueuedRequests);
        Assert.IsLessThanOrEqualTo(3, answers.Count);
        foreach (EngineAnswer answer in answers)
        {
            await answer.DisposeAsync();
        }
    }

    [TestMethod]
    public async Task Cancel_RequestThatRuns_FreesItsPlace()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model, new EngineOptions { MaxRows = 1 });
        using CancellationTokenSource cancel = new();
        EngineAnswer running = engine.Submit(Greedy(Prompt(model, Questions[0]), 1000), cancel.Token);
        await running.PromptUsage;
        EngineAnswer waiting = engine.Submit(Greedy(Prompt(model, Questions[1]), 3));
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => running.ToEndAsync());
        Assert.HasCount(3, (await waiting.ToEndAsync()).Tokens);
        Assert.AreEqual(1, engine.Statistics.Cancelled);
    }

    [TestMethod]
    public async Task Drain_RequestsAtWork_EndAndNoneIsTaken()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model, new EngineOptions { MaxRows = 2 });
        EngineAnswer[] answers = [.. Mixed(model).Take(6).Select(request => engine.Submit(request))];
        Task drained = engine.DrainAsync();
        Assert.ThrowsExactly<InvalidOperationException>(() => engine.Submit(Greedy(Prompt(model, Questions[0]), 3)));
        foreach (EngineAnswer answer in answers)
        {
            Assert.IsNotNull(await answer.ToEndAsync());
        }

        await drained;
    }

    [TestMethod]
    public async Task Dispose_RequestsAtWork_Fail()
    {
        AloraModel model = await DemoModel.OpenAsync();
        AloraEngine engine = new(model, new EngineOptions { MaxRows = 1 });
        EngineAnswer[] answers = [.. Enumerable.Range(0, 3).Select(_ => engine.Submit(Greedy(Prompt(model, Questions[0]), 1000)))];
        await answers[0].PromptUsage;
        await engine.DisposeAsync();
        foreach (EngineAnswer answer in answers)
        {
            await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => answer.ToEndAsync());
        }

        Assert.ThrowsExactly<ObjectDisposedException>(() => engine.Submit(Greedy(Prompt(model, Questions[0]), 3)));
    }

    [TestMethod]
    public async Task Submit_OwnProcessorThatThrows_FailsAlone()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        EngineRequest sound = Greedy(Prompt(model, Questions[0]), 12);
        EngineAnswer good = engine.Submit(sound);
        EngineAnswer bad = engine.Submit(sound with
        {
            Generation = sound.Generation! with { LogitsProcessors = [_ => new ThrowingProcessor()] },
        });
        await Assert.ThrowsExactlyAsync<DivideByZeroException>(() => bad.ToEndAsync());
        CollectionAssert.AreEqual((await AloneAsync(model, sound)).Tokens.ToArray(), (await good.ToEndAsync()).Tokens.ToArray());
        Assert.AreEqual(1, engine.Statistics.Failed);
    }

    [TestMethod]
    public async Task Submit_WrongRequests_AreRefusedAtOnce()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model, new EngineOptions { MaxContextTokens = 64 });
        int[] prompt = Prompt(model, Questions[0]);
        Assert.Throws<ArgumentException>(() => engine.Submit(Greedy([], 3)));
        Assert.Throws<ArgumentException>(() => engine.Submit(Greedy([.. Enumerable.Repeat(20, 64)], 3)));
        Assert.Throws<ArgumentException>(() => engine.Submit(Greedy([model.Manifest.VocabularySize], 3)));
        Assert.Throws<ArgumentException>(() => engine.Submit(Greedy(prompt, 0)));
        Assert.Throws<ArgumentException>(() => engine.Submit(Greedy(prompt, 3) with { Adapter = "nobody" }));
        Assert.ThrowsExactly<MissingInvocationException>(() => engine.Submit(Greedy(prompt, 3) with { Adapter = "certainty" }));
        Assert.Throws<ArgumentException>(() => new AloraEngine(model, new EngineOptions { MaxRows = 0 }));
        Assert.Throws<ArgumentException>(() => new AloraEngine(model, new EngineOptions { CacheBytes = 1000 }));
        Assert.AreEqual(0, engine.Statistics.Failed);
    }

    private static int[] Prompt(AloraModel model, string question) =>
        model.PromptEncoder.Encode([new PromptMessage("user", question)], addGenerationPrompt: true);

    private static EngineRequest Invoking(AloraModel model, string adapter, int[] prompt) =>
        Greedy([.. prompt, .. model.Adapters.Get(adapter).InvocationTokens], 20) with
        {
            Adapter = adapter,
            ActivationPosition = prompt.Length,
        };

    private static EngineRequest Greedy(int[] prompt, int tokens) => new()
    {
        Prompt = EncodedPrompt.FromTrusted(prompt),
        Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = tokens, IgnoreEndOfText = true },
    };

    private static async Task<GenerationResult> AloneAsync(AloraModel model, EngineRequest request)
    {
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(
            request.Prompt, new PromptOptions { Adapter = request.Adapter, ActivationPosition = request.ActivationPosition });
        return await conversation.GenerateToEndAsync(request.Generation);
    }

    private static IEnumerable<EngineRequest> Mixed(AloraModel model)
    {
        string?[] adapters = [null, .. DemoModel.AdapterNames];
        for (int i = 0; i < 24; i++)
        {
            string? adapter = adapters[i % adapters.Length];
            int[] ids = model.PromptEncoder.Encode([new PromptMessage("user", Questions[i % Questions.Length])], addGenerationPrompt: true);
            IReadOnlyList<int> invocation = adapter is null ? [] : model.Adapters.Get(adapter).InvocationTokens;
            yield return new EngineRequest
            {
                Prompt = EncodedPrompt.FromTrusted([.. ids, .. invocation]),
                Adapter = adapter,
                ActivationPosition = invocation.Count > 0 ? ids.Length : null,
                Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = 12 + i },
            };
        }
    }

    private sealed class ThrowingProcessor : ILogitsProcessor
    {
        public void Process(ReadOnlySpan<int> tokens, Span<float> logits) => throw new DivideByZeroException();
    }
}
