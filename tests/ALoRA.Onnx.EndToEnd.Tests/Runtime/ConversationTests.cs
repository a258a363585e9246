namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Histories: prompts, prefixes, forks, rewinds, what is computed and what is not.</summary>
[TestClass]
public sealed class ConversationTests
{
    private static readonly GenerationOptions Ten = new() { MaxNewTokens = 10, IgnoreEndOfText = true };

    [TestMethod]
    public async Task Invoke_AfterALongConversation_ComputesInstructionAndInvocationOnly()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = model.CreateConversation();
        int[] prompt = Prompts.Random(2000);
        await conversation.AppendAsync(prompt);
        (long runs, long rows) = (model.Loaded.Session.Runs, model.Loaded.Session.Rows);
        InvocationOptions options = new()
        {
            InstructionTokens = Prompts.Random(4),
            Generation = new GenerationOptions { MaxNewTokens = 1 },
        };
        IntrinsicResult result = await conversation.InvokeAsync("certainty", options);

        // The instruction's rows are thrown away with the adapter's, so that one run computes both.
        Assert.AreEqual(1, model.Loaded.Session.Runs - runs);
        Assert.AreEqual(4 + 3, model.Loaded.Session.Rows - rows);
        Assert.AreEqual(2000, result.Usage.ReusedTokens);
        Assert.AreEqual(7, result.Usage.ComputedTokens);
        Assert.AreEqual(1, result.Usage.GeneratedTokens);

        (runs, rows) = (model.Loaded.Session.Runs, model.Loaded.Session.Rows);
        IntrinsicResult lora = await conversation.InvokeAsync("certainty-lora", options);
        Assert.AreEqual(4, model.Loaded.Session.Runs - runs);
        Assert.AreEqual(2004, model.Loaded.Session.Rows - rows);
        Assert.AreEqual(0, lora.Usage.ReusedTokens);
        Assert.AreEqual(2004, lora.Usage.ComputedTokens);
    }

    [TestMethod]
    public async Task Invoke_AfterAnAnswer_ComputesItsInvocationOnly()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(100));
        await conversation.GenerateToEndAsync(Ten);
        (long runs, long rows) = (model.Loaded.Session.Runs, model.Loaded.Session.Rows);
        IntrinsicResult result = await conversation.InvokeAsync(
            "certainty", new InvocationOptions { Generation = new GenerationOptions { MaxNewTokens = 1 } });
        Assert.AreEqual((110, 3), (result.Usage.ReusedTokens, result.Usage.ComputedTokens));
        Assert.AreEqual((1L, 3L), (model.Loaded.Session.Runs - runs, model.Loaded.Session.Rows - rows));
        await conversation.GenerateToEndAsync(Ten with { MaxNewTokens = 1 });
        Assert.AreEqual((2L, 4L), (model.Loaded.Session.Runs - runs, model.Loaded.Session.Rows - rows));
    }

    [TestMethod]
    public async Task Invoke_AfterAnAbandonedStream_LeavesTheBaseBitForBit()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation plain = model.CreateConversation();
        using Conversation invoked = model.CreateConversation();
        foreach (Conversation conversation in new[] { plain, invoked })
        {
            await conversation.AppendAsync(Prompts.Random(50));
            await foreach (GeneratedToken token in conversation.GenerateAsync(Ten))
            {
                if (conversation.Length == 54)
                {
                    break;
                }
            }
        }

        IntrinsicResult result = await invoked.InvokeAsync("certainty");
        Assert.AreEqual((53, 4), (result.Usage.ReusedTokens, result.Usage.ComputedTokens));
        int[] next = Prompts.Random(7, 2);
        Prompts.AssertSame(await plain.NextLogitsAsync(next), await invoked.NextLogitsAsync(next), "after the stream");
    }

    [TestMethod]
    public async Task Prompt_CommonPrefix_ComputesTheRestOnly()
    {
        AloraModel model = await DemoModel.OpenAsync();
        int[] prompt = Prompts.Random(50);
        using Conversation conversation = model.CreateConversation();
        Assert.AreEqual(50, (await conversation.PromptAsync(prompt)).ComputedTokens);
        int[] longer = [.. prompt[..40], .. Prompts.Random(10, 2)];
        TokenUsage usage = await conversation.PromptAsync(longer);
        Assert.AreEqual((40, 10), (usage.ReusedTokens, usage.ComputedTokens));
        CollectionAssert.AreEqual(longer, conversation.Tokens.ToArray());

        TokenUsage again = await conversation.PromptAsync(longer);
        Assert.AreEqual((50, 0), (again.ReusedTokens, again.ComputedTokens));
        TokenUsage shorter = await conversation.PromptAsync(longer.AsMemory(0, 20));
        Assert.AreEqual((19, 1), (shorter.ReusedTokens, shorter.ComputedTokens));

        using Conversation fresh = model.CreateConversation();
        await fresh.PromptAsync(longer.AsMemory(0, 20));
        CollectionAssert.AreEqual(
            (await fresh.GenerateToEndAsync(Ten)).Tokens.ToArray(), (await conversation.GenerateToEndAsync(Ten)).Tokens.ToArray());
    }

    [TestMethod]
    public async Task Prompt_BehindAnAnswer_ReusesItsRows()
    {
        AloraModel model = await DemoModel.OpenAsync();
        int[] prompt = Prompts.Random(50);
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(prompt);
        GenerationResult answer = await conversation.GenerateToEndAsync(Ten);
        TokenUsage usage = await conversation.PromptAsync((int[])[.. prompt, .. answer.Tokens, 33, 34]);
        Assert.AreEqual((60, 2), (usage.ReusedTokens, usage.ComputedTokens));
    }

    [TestMethod]
    public async Task Fork_BothSidesGoOn_IndependentlyAndEqually()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(300));
        long runs = model.Loaded.Session.Runs;
        using Conversation fork = conversation.Fork();
        Assert.AreEqual(runs, model.Loaded.Session.Runs);
        int[] other = Prompts.Random(5, 5);
        await conversation.AppendAsync(other);
        GenerationResult first = await fork.GenerateToEndAsync(Ten);
        conversation.Rewind(300);
        GenerationResult second = await conversation.GenerateToEndAsync(Ten);
        CollectionAssert.AreEqual(first.Tokens.ToArray(), second.Tokens.ToArray());
        Assert.AreEqual(512, fork.Capacity);

        Prompts.AssertClose(await fork.NextLogitsAsync(other), await conversation.NextLogitsAsync(other), 1e-5f, "after fork and rewind");
    }

    [TestMethod]
    public async Task Fork_UnderAnAdapter_KeepsItInUse()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        Conversation conversation = model.CreateConversation();
        await conversation.ForwardAsync(Prompts.Random(20), new ForwardOptions { Adapter = "certainty", ActivationStart = 10 });
        using Conversation fork = conversation.Fork();
        conversation.Dispose();
        Assert.AreEqual("certainty", fork.Adapter);
        Assert.ThrowsExactly<InvalidOperationException>(() => model.Adapters.Unload("certainty"));
        fork.Rewind(10);
        model.Adapters.Unload("certainty");
    }

    [TestMethod]
    public async Task Rewind_ToAnyPosition_IsAsIfTheRestHadNeverBeen()
    {
        AloraModel model = await DemoModel.OpenAsync();
        int[] prompt = Prompts.Random(80);
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(prompt);
        foreach (int position in new[] { 79, 50, 1, 0 })
        {
            conversation.Rewind(position);
            Assert.AreEqual(position, conversation.Length);
            int[] rest = Prompts.Random(6, position);
            using Conversation fresh = model.CreateConversation();
            await fresh.AppendAsync((int[])[.. prompt[..position], .. rest]);
            await conversation.AppendAsync(rest);
            CollectionAssert.AreEqual(
                (await fresh.GenerateToEndAsync(Ten)).Tokens.ToArray(), (await conversation.GenerateToEndAsync(Ten)).Tokens.ToArray());
            conversation.Rewind(position);
        }

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => conversation.Rewind(1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => conversation.Rewind(-1));
    }

    [TestMethod]
    public async Task Generate_Streamed_EqualsToEndAndSaysWhyItEnded()
    {
        AloraModel model = await DemoModel.OpenAsync();
        int[] prompt = Prompts.Random(20);
        using Conversation streamed = model.CreateConversation();
        using Conversation whole = model.CreateConversation();
        await streamed.AppendAsync(prompt);
        await whole.AppendAsync(prompt);
        List<GeneratedToken> tokens = [];
        await foreach (GeneratedToken token in streamed.GenerateAsync(Ten))
        {
            tokens.Add(token);
        }

        GenerationResult result = await whole.GenerateToEndAsync(Ten);
        CollectionAssert.AreEqual(result.Tokens.ToArray(), tokens.Select(token => token.Id).ToArray());
        Assert.AreEqual(FinishReason.MaxNewTokens, tokens[^1].FinishReason);
        Assert.IsTrue(tokens.SkipLast(1).All(token => token.FinishReason is null && token.Usage is null));
        Assert.AreEqual(10, tokens[^1].Usage!.GeneratedTokens);
        Assert.AreEqual(result.Text, string.Concat(tokens.Select(token => token.Text)));

        int stop = result.Tokens[4];
        whole.Rewind(20);
        GenerationResult stopped = await whole.GenerateToEndAsync(Ten with { StopTokens = [stop] });
        Assert.AreEqual(FinishReason.StopToken, stopped.FinishReason);
        Assert.AreEqual(stop, stopped.Tokens[^1]);
    }

    [TestMethod]
    public async Task Decode_ManyTokens_AllocatesNothing()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Inference.Sequence sequence = new(model.Loaded.Session);
        sequence.Append(Prompts.Random(20));
        Sampling.SamplingSettings settings = Sampling.SamplingSettings.Resolve(
            new GenerationOptions { MaxNewTokens = 200, IgnoreEndOfText = true }, model.Loaded.GenerationDefaults);
        Sampling.TokenGenerator generator = new(sequence, settings, model.Manifest.VocabularySize, 0, 0);
        for (int i = 0; i < 10; i++)
        {
            generator.Next(CancellationToken.None);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            generator.Next(CancellationToken.None);
        }

        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
