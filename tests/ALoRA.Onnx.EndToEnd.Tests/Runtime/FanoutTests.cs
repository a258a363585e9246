using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Several adapters asked at once: the same answers as one after another, in as few runs as the longest of them.</summary>
[TestClass]
public sealed class FanoutTests
{
    private const double Tolerance = 1e-5;

    private static readonly GenerationOptions Free = new() { MaxNewTokens = 12, IgnoreEndOfText = true };

    /// <summary>Adapters of different ranks and targets, with and without instruction, of different lengths, one of them twice.</summary>
    private static readonly AdapterInvocation[] Mixed =
    [
        new("certainty", new InvocationOptions { Choices = Certainty.Digits, Generation = Free with { MaxNewTokens = 1 } }),
        new("query_rewrite", new InvocationOptions { Generation = Free }),
        new("jailbreak", new InvocationOptions { InstructionTokens = Prompts.Random(5, 7), Generation = Free with { MaxNewTokens = 3 } }),
        new("answerability", new InvocationOptions { Generation = Free with { MaxNewTokens = 7, Temperature = 0.8f, Seed = 5 } }),
        new("certainty",
            new InvocationOptions
            {
                InstructionTokens = Prompts.Random(2, 8),
                ActivationOffset = 1,
                Generation = Free with { RepetitionPenalty = 1.3f },
            }),
    ];

    [TestMethod]
    public async Task InvokeAll_AdaptersOfAllKinds_EqualsOneAfterAnother()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = await StartAsync(model, 300);
        IntrinsicResult[] expected = await OneAfterAnotherAsync(conversation, Mixed);
        (long runs, long rows) = (model.Loaded.Session.Runs, model.Loaded.Session.Rows);
        IReadOnlyList<IntrinsicResult> got = await conversation.InvokeAllAsync(Mixed);

        AssertEqual(expected, got);
        Assert.IsTrue(got.All(result => result.Usage.Branches == Mixed.Length));

        // One run for all prompts, then one for each token after the first of the longest answer.
        Assert.AreEqual(12, model.Loaded.Session.Runs - runs);
        Assert.AreEqual(
            got.Sum(result => result.Usage.ComputedTokens + result.Usage.GeneratedTokens - 1), model.Loaded.Session.Rows - rows);
    }

    [TestMethod]
    public async Task InvokeAll_InvocationsInThePrompt_EqualOneAfterAnother()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync((int[])
            [.. Prompts.Random(40), .. model.Adapters.Get("certainty").InvocationTokens, .. Prompts.Random(30, 2),
                .. model.Adapters.Get("jailbreak").InvocationTokens, .. Prompts.Random(9, 3)]);
        InvocationOptions inPrompt = new() { Placement = InvocationPlacement.InPrompt, Generation = Free };
        AdapterInvocation[] invocations =
        [
            new("certainty", inPrompt),
            new("jailbreak", inPrompt with { InstructionTokens = Prompts.Random(4, 4) }),
            new("query_rewrite", new InvocationOptions { Generation = Free }),
            new("answerability", new InvocationOptions { ActivationPosition = 0, Generation = Free }),
            new("query_rewrite", inPrompt with { AllowMissingInvocation = true, InstructionTokens = Prompts.Random(2, 5) }),
        ];
        IntrinsicResult[] expected = await OneAfterAnotherAsync(conversation, invocations);
        IReadOnlyList<IntrinsicResult> got = await conversation.InvokeAllAsync(invocations);
        AssertEqual(expected, got);
        Assert.IsNull(got[4].ActivationPosition);
        Assert.IsTrue(got.All(result => result.Usage.Branches == 5));
    }

    [TestMethod]
    public async Task InvokeAll_AnswersThatStopAtDifferentSteps_EqualOneAfterAnother()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = await StartAsync(model, 50);
        AdapterInvocation[] invocations = [.. Mixed.Select(
            invocation => invocation with { Options = invocation.Options! with { Generation = Free with { MaxNewTokens = 20 } } })];
        IntrinsicResult[] free = await OneAfterAnotherAsync(conversation, invocations);
        AdapterInvocation[] stopping = [.. invocations.Select((invocation, i) => invocation with
        {
            Options = invocation.Options! with { Generation = Free with { MaxNewTokens = 20, StopTokens = [free[i].Tokens[(4 * i) + 1]] } },
        })];
        IntrinsicResult[] expected = await OneAfterAnotherAsync(conversation, stopping);
        Assert.IsGreaterThan(1, expected.Select(result => result.Tokens.Count).Distinct().Count());
        AssertEqual(expected, await conversation.InvokeAllAsync(stopping));
    }

    [TestMethod]
    public async Task InvokeAll_Afterwards_TheConversationIsAsItWas()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = await StartAsync(model, 250);
        using Conversation untouched = await StartAsync(model, 250);
        await conversation.GenerateToEndAsync(Free);
        await untouched.GenerateToEndAsync(Free);
        await conversation.InvokeAllAsync(Mixed);
        CollectionAssert.AreEqual(untouched.Tokens.ToArray(), conversation.Tokens.ToArray());
        Assert.IsNull(conversation.Adapter);
        GenerationResult next = await conversation.GenerateToEndAsync(Free);
        CollectionAssert.AreEqual((await untouched.GenerateToEndAsync(Free)).Tokens.ToArray(), next.Tokens.ToArray());
        int[] more = Prompts.Random(4, 9);
        Prompts.AssertSame(await untouched.NextLogitsAsync(more), await conversation.NextLogitsAsync(more), "after the fan-out");
    }

    [TestMethod]
    public async Task InvokeAll_ManyStepsAndSmallChunks_GrowTheCacheAndStayEqual()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { PrefillChunkSize = 7 });
        using Conversation conversation = await StartAsync(model, 240);
        Assert.AreEqual(256, conversation.Capacity);
        AdapterInvocation[] invocations = [.. Mixed.Select(
            invocation => invocation with { Options = invocation.Options! with { Generation = Free with { MaxNewTokens = 60 } } })];
        IntrinsicResult[] expected = await OneAfterAnotherAsync(conversation, invocations);
        AssertEqual(expected, await conversation.InvokeAllAsync(invocations));
        Assert.IsGreaterThan(256, conversation.Capacity);
    }

    [TestMethod]
    public async Task InvokeAll_RowsThatFillTheContext_AreFinishedOneAfterAnother()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { MaxContextLength = 160 });
        using Conversation conversation = await StartAsync(model, 100);
        AdapterInvocation[] invocations = [.. Mixed.Select(
            invocation => invocation with { Options = invocation.Options! with { Generation = Free with { MaxNewTokens = 60 } } })];
        IntrinsicResult[] expected = await OneAfterAnotherAsync(conversation, invocations);
        Assert.IsTrue(expected.Any(result => result.FinishReason == FinishReason.ContextFull));
        AssertEqual(expected, await conversation.InvokeAllAsync(invocations));

        // A branch that starts at the first row alone needs more rows than there are left.
        AdapterInvocation[] early = [.. invocations, new("jailbreak", new InvocationOptions { ActivationPosition = 0, Generation = Free })];
        IReadOnlyList<IntrinsicResult> got = await conversation.InvokeAllAsync(early);
        AssertEqual(await OneAfterAnotherAsync(conversation, early), got);
        Assert.AreEqual(1, got[^1].Usage.Branches);
        Assert.AreEqual(100, conversation.Length);
    }

    [TestMethod]
    public async Task InvokeAll_PlainLoraAmongThem_IsComputedAlone()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = await StartAsync(model, 60);
        AdapterInvocation[] invocations = [Mixed[0], new("jailbreak-lora", new InvocationOptions { Generation = Free }), Mixed[1]];
        IReadOnlyList<IntrinsicResult> got = await conversation.InvokeAllAsync(invocations);
        AssertEqual(await OneAfterAnotherAsync(conversation, invocations), got);
        CollectionAssert.AreEqual(new[] { 2, 1, 2 }, got.Select(result => result.Usage.Branches).ToArray());
        Assert.AreEqual(0, got[1].Usage.ReusedTokens);
    }

    [TestMethod]
    public async Task InvokeAll_AnEmptyConversationOrOneInvocation_IsComputedAlone()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation empty = model.CreateConversation();

        // In an empty conversation the instruction says what is asked.
        AdapterInvocation[] invocations = [Mixed[2], Mixed[4], Mixed[2]];
        IReadOnlyList<IntrinsicResult> got = await empty.InvokeAllAsync(invocations);
        AssertEqual(await OneAfterAnotherAsync(empty, invocations), got);
        Assert.IsTrue(got.All(result => result.Usage.Branches == 1));

        using Conversation conversation = await StartAsync(model, 20);
        Assert.AreEqual(1, (await conversation.InvokeAllAsync([Mixed[1]]))[0].Usage.Branches);
        Assert.IsEmpty(await conversation.InvokeAllAsync([]));
    }

    [TestMethod]
    public async Task InvokeAll_OneAdapterForAll_EqualsOneAfterAnother()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = await StartAsync(model, 33);
        AdapterInvocation[] invocations = [.. Enumerable.Range(0, 3).Select(i => new AdapterInvocation(
            "answerability", new InvocationOptions { InstructionTokens = Prompts.Random(i + 1, i + 20), Generation = Free }))];
        AssertEqual(await OneAfterAnotherAsync(conversation, invocations), await conversation.InvokeAllAsync(invocations));
    }

    [TestMethod]
    public async Task InvokeAll_ModelWithoutFanoutGraph_AsksOneAfterAnother()
    {
        using TemporaryFolder temporary = new();
        await Export.Exporter.ExportAsync(DemoModel.Checkpoint, temporary["plain"], new Export.ExportOptions
        {
            Fanout = false,
            Adapters =
            [
                new(Path.Combine(DemoModel.Checkpoint, "adapters", "certainty")),
                new(Path.Combine(DemoModel.Checkpoint, "adapters", "jailbreak")),
            ],
        });
        Assert.IsFalse(File.Exists(Path.Combine(temporary["plain"], "fanout.onnx")));
        using AloraModel model = await AloraModel.OpenAsync(temporary["plain"]);
        Assert.IsNull(model.Manifest.FanoutGraphFile);
        using Conversation conversation = await StartAsync(model, 30);
        AdapterInvocation[] invocations = [Mixed[0], Mixed[2]];
        IReadOnlyList<IntrinsicResult> got = await conversation.InvokeAllAsync(invocations);
        AssertEqual(await OneAfterAnotherAsync(conversation, invocations), got);
        Assert.IsTrue(got.All(result => result.Usage.Branches == 1));
    }

    [TestMethod]
    public async Task InvokeAll_Cancelled_LeavesTheConversationAsItWas()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = await StartAsync(model, 40);
        AdapterInvocation[] endless = [.. Mixed.Select(
            invocation => invocation with { Options = new InvocationOptions { Generation = Free with { MaxNewTokens = 4000 } } })];
        await conversation.InvokeAllAsync(Mixed);
        using CancellationTokenSource source = new();
        Task running = conversation.InvokeAllAsync(endless, source.Token);
        await model.WaitForRunsAsync(model.Loaded.Session.Runs + 5, running);
        await source.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => running);
        Assert.AreEqual(40, conversation.Length);
        Assert.IsNull(conversation.Adapter);
        using Conversation fresh = await StartAsync(model, 40);
        int[] next = Prompts.Random(4, 2);
        Prompts.AssertSame(await fresh.NextLogitsAsync(next), await conversation.NextLogitsAsync(next), "after cancellation");
    }

    [TestMethod]
    public async Task InvokeAll_Misuse_IsRefusedBeforeAnyRunAndKeepsNoAdapter()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = await StartAsync(model, 20);
        long runs = model.Loaded.Session.Runs;
        Assert.Contains(
            "'nope'",
            (await Assert.ThrowsExactlyAsync<AdapterNotFoundException>(
                () => conversation.InvokeAllAsync([Mixed[0], new("nope")]))).Message);
        await Assert.ThrowsExactlyAsync<MissingInvocationException>(
            () => conversation.InvokeAllAsync(
                [Mixed[0], new("jailbreak", new InvocationOptions { Placement = InvocationPlacement.InPrompt })]));
        await Assert.ThrowsAsync<ArgumentException>(() => conversation.InvokeAllAsync([Mixed[0], new("")]));
        await Assert.ThrowsExactlyAsync<ArgumentNullException>(() => conversation.InvokeAllAsync([Mixed[0], null!]));
        await Assert.ThrowsExactlyAsync<ArgumentNullException>(() => conversation.InvokeAllAsync(null!));
        Assert.AreEqual(runs, model.Loaded.Session.Runs);
        model.Adapters.Unload("certainty");

        await conversation.ForwardAsync(Prompts.Random(3), new ForwardOptions { Adapter = "jailbreak", ActivationStart = 0 });
        Assert.Contains(
            "Rewind to 20", (await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => conversation.InvokeAllAsync(Mixed))).Message);
    }

    [TestMethod]
    public async Task InvokeAll_ConstraintsAndLogprobs_EqualOneAfterAnother()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = await StartAsync(model, 120);
        TokenConstraint score = TokenConstraint.FromJsonSchema(
            """{"properties": {"score": {"enum": ["1", "5", "9"]}}, "required": ["score"]}""");
        GenerationOptions constrained = new() { Constraint = score, TopLogprobs = 4, ForcedSpans = false };
        AdapterInvocation[] invocations =
        [
            new("certainty", new InvocationOptions { Generation = constrained }),
            new("jailbreak",
                new InvocationOptions { Generation = constrained with { Constraint = TokenConstraint.FromChoices(["yes", "no"]) } }),
            new("query_rewrite", new InvocationOptions { Generation = Free with { TopLogprobs = 3 } }),
            new("answerability", new InvocationOptions { Generation = constrained with { Temperature = 1f, Seed = 3, TopLogprobs = 0 } }),
        ];
        IntrinsicResult[] expected = await OneAfterAnotherAsync(conversation, invocations);
        IReadOnlyList<IntrinsicResult> got = await conversation.InvokeAllAsync(invocations);
        AssertEqual(expected, got);
        Assert.IsTrue(got.All(result => result.Usage.Branches == invocations.Length));
        for (int i = 0; i < got.Count; i++)
        {
            Assert.HasCount(expected[i].Logprobs.Count, got[i].Logprobs);
            foreach ((TokenLogprobs one, TokenLogprobs other) in expected[i].Logprobs.Zip(got[i].Logprobs))
            {
                Assert.AreEqual(one.Token.Logprob, other.Token.Logprob, 1e-4);
                CollectionAssert.AreEqual(one.Top.Select(top => top.Id).ToArray(), other.Top.Select(top => top.Id).ToArray());
                Assert.AreEqual(one.UnconstrainedToken.Logprob, other.UnconstrainedToken.Logprob, 1e-4);
            }
        }

        // Spans without a choice are computed token by token in a fan-out, in one run elsewhere.
        AdapterInvocation[] spans = [.. invocations.Select(invocation => new AdapterInvocation(
            invocation.Adapter, invocation.Options! with { Generation = invocation.Options.Generation with { ForcedSpans = true } }))];
        AssertEqual(await OneAfterAnotherAsync(conversation, spans), await conversation.InvokeAllAsync(spans));
    }

    [TestMethod]
    public async Task InvokeAll_FromManyConversationsAndAroundUnloads_StaysEqual()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation first = await StartAsync(model, 30);
        IntrinsicResult[] expected = await OneAfterAnotherAsync(first, Mixed);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async i =>
        {
            using Conversation conversation = await StartAsync(model, 30);
            AdapterInvocation[] some = i % 2 == 0 ? Mixed : Mixed[..3];
            AssertEqual(expected[..some.Length], await conversation.InvokeAllAsync(some));
        }));
        foreach (string name in model.Adapters.LoadedNames)
        {
            model.Adapters.Unload(name);
        }

        AssertEqual(expected, await first.InvokeAllAsync(Mixed));
    }

    [TestMethod]
    public async Task InvokeAll_AdaptersWithAndWithoutBias_EqualsOneAfterAnother()
    {
        string checkpoint = GoldenData.Path("models", "llama");
        string[] names = ["alora_lora_bias", "alora_all", "alora_patterns", "alora_single_token"];
        using TemporaryFolder folder = new();
        ExportOptions options = new()
        {
            Adapters = [.. names.Select(name => new ExportAdapter(Path.Combine(checkpoint, "adapters", name)))],
        };
        await Exporter.ExportAsync(checkpoint, folder["model"], options);
        using AloraModel model = await AloraModel.OpenAsync(folder["model"]);
        using Conversation conversation = model.CreateConversation();
        Random random = new(1);
        await conversation.AppendAsync((int[])[.. Enumerable.Range(0, 50).Select(_ => random.Next(model.Manifest.VocabularySize))]);
        AdapterInvocation[] invocations =
            [.. names.Select(name => new AdapterInvocation(name, new InvocationOptions { Generation = Free }))];
        IReadOnlyList<IntrinsicResult> got = await conversation.InvokeAllAsync(invocations);
        AssertEqual(await OneAfterAnotherAsync(conversation, invocations), got);
        Assert.IsTrue(got.All(result => result.Usage.Branches == names.Length));
    }

    private static async Task<Conversation> StartAsync(AloraModel model, int length)
    {
        Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(length));
        return conversation;
    }

    private static async Task<IntrinsicResult[]> OneAfterAnotherAsync(
        Conversation conversation, IReadOnlyList<AdapterInvocation> invocations)
    {
        List<IntrinsicResult> results = [];
        foreach (AdapterInvocation invocation in invocations)
        {
            results.Add(await conversation.InvokeAsync(invocation.Adapter, invocation.Options));
        }

        return [.. results];
    }

    private static void AssertEqual(IntrinsicResult[] expected, IReadOnlyList<IntrinsicResult> got)
    {
        Assert.HasCount(expected.Length, got);
        for (int i = 0; i < got.Count; i++)
        {
            string what = $"invocation {i}, {expected[i].Adapter}";
            Assert.AreEqual(expected[i].Adapter, got[i].Adapter, what);
            CollectionAssert.AreEqual(expected[i].Tokens.ToArray(), got[i].Tokens.ToArray(), what);
            Assert.AreEqual(expected[i].Text, got[i].Text, what);
            Assert.AreEqual(expected[i].FinishReason, got[i].FinishReason, what);
            Assert.AreEqual(expected[i].ActivationPosition, got[i].ActivationPosition, what);
            Assert.AreEqual(expected[i].Usage.ReusedTokens, got[i].Usage.ReusedTokens, what);
            Assert.AreEqual(expected[i].Usage.ComputedTokens, got[i].Usage.ComputedTokens, what);
            Assert.AreEqual(expected[i].Usage.GeneratedTokens, got[i].Usage.GeneratedTokens, what);
            Assert.HasCount(expected[i].Choices.Count, got[i].Choices);
            for (int choice = 0; choice < expected[i].Choices.Count; choice++)
            {
                Assert.AreEqual(expected[i].Choices[choice].Probability, got[i].Choices[choice].Probability, Tolerance, what);
            }
        }
    }
}
