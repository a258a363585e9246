namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Prompts that begin like those of other conversations: what is not computed again, and that it makes no difference.</summary>
[TestClass]
public sealed class PrefixCacheTests
{
    private static readonly AloraModelOptions Cached = new() { PrefixCacheBytes = 256 << 20 };

    [TestMethod]
    public async Task Prompt_SameSystemPromptInAnotherConversation_ComputesNoneOfItAgain()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(Cached);
        int[] system = Prompts.Random(2000);
        int[] question = Prompts.Random(24, 2);
        using Conversation first = model.CreateConversation("all");
        Assert.AreEqual(0, (await first.PromptAsync((int[])[.. system, .. Prompts.Random(30, 3)])).ReusedTokens);
        long rows = model.Loaded.Session.Rows;
        using Conversation second = model.CreateConversation("all");
        TokenUsage usage = await second.PromptAsync((int[])[.. system, .. question]);
        Assert.AreEqual((2000, 24), (usage.ReusedTokens, usage.ComputedTokens));
        Assert.AreEqual(24, model.Loaded.Session.Rows - rows);

        // The same chunks without a prefix cache.
        using AloraModel plain = await DemoModel.OpenOwnAsync();
        using Conversation computed = plain.CreateConversation("all");
        await computed.AppendAsync(system);
        await computed.AppendAsync(question);
        int[] next = Prompts.Random(4, 9);
        Prompts.AssertSame(await computed.NextLogitsAsync(next), await second.NextLogitsAsync(next), "after the cached prefix");
    }

    [TestMethod]
    public async Task Append_SamePromptAgain_ComputesTheLastTokenOnly()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(Cached);
        int[] prompt = Prompts.Random(100);
        using Conversation first = model.CreateConversation("all");
        await first.AppendAsync(prompt);
        using Conversation second = model.CreateConversation("all");
        TokenUsage usage = await second.AppendAsync(prompt);
        Assert.AreEqual((99, 1), (usage.ReusedTokens, usage.ComputedTokens));
        GenerationOptions ten = new() { MaxNewTokens = 10, IgnoreEndOfText = true };
        CollectionAssert.AreEqual(
            (await first.GenerateToEndAsync(ten)).Tokens.ToArray(), (await second.GenerateToEndAsync(ten)).Tokens.ToArray());
    }

    [TestMethod]
    public async Task Prompt_UnderAnAdapter_SharesTheRowsOfTheBaseOnly()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(Cached);
        int[] prompt = Prompts.Random(100);
        using Conversation adapted = model.CreateConversation("all");
        await adapted.PromptAsync(prompt, new PromptOptions { Adapter = "certainty", ActivationPosition = 60 });
        using Conversation lora = model.CreateConversation("all");
        Assert.AreEqual(0, (await lora.PromptAsync(prompt, new PromptOptions { Adapter = "certainty-lora" })).ReusedTokens);
        using Conversation plain = model.CreateConversation("all");
        Assert.AreEqual(60, (await plain.PromptAsync(prompt)).ReusedTokens);
        using Conversation other = model.CreateConversation("all");
        Assert.AreEqual(
            80, (await other.PromptAsync(prompt, new PromptOptions { Adapter = "jailbreak", ActivationPosition = 80 })).ReusedTokens);

        AloraModel uncached = await DemoModel.OpenAsync();
        using Conversation fresh = uncached.CreateConversation("all");
        await fresh.PromptAsync(prompt);
        int[] next = Prompts.Random(4, 9);
        Prompts.AssertClose(await fresh.NextLogitsAsync(next), await plain.NextLogitsAsync(next), 1e-5f, "after an adapter's prompt");
    }

    [TestMethod]
    public async Task Prompt_RowsBeforeAnActivation_AreTheBasesOwnToTheLastBit()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(Cached);
        int[] prompt = Prompts.Random(100);
        int[] next = Prompts.Random(4, 9);
        using Conversation adapted = model.CreateConversation("all");
        await adapted.PromptAsync(prompt, new PromptOptions { Adapter = "certainty", ActivationPosition = 60 });
        using Conversation found = model.CreateConversation("all");
        Assert.AreEqual(60, (await found.PromptAsync(prompt)).ReusedTokens);
        using Conversation plain = model.CreateConversation("another");
        await plain.AppendAsync(prompt.AsMemory(0, 60));
        Assert.AreEqual(0, (await plain.AppendAsync(prompt.AsMemory(60))).ReusedTokens - 60);
        Prompts.AssertSame(await plain.NextLogitsAsync(next), await found.NextLogitsAsync(next), "rows that the adapter's prompt shared");
    }

    [TestMethod]
    public async Task Prompt_AdapterReplacedUnderItsName_NeverMeetsTheOldOnesRows()
    {
        using TemporaryFolder folder = new();
        Cases.PoisonedModel.CopyFolder(await DemoModel.FolderAsync(), folder["model"]);
        string adapter = folder["model", "adapters", "certainty-lora"];
        Cases.PoisonedModel.CopyFolder(adapter, folder["first"]);
        int[] prompt = Prompts.Random(100);
        PromptOptions options = new() { Adapter = "certainty-lora" };
        using AloraModel model = await AloraModel.OpenAsync(folder["model"], Cached);
        float[] first = await LogitsAsync(0);
        Prompts.AssertClose(first, await LogitsAsync(99), 1e-5f, "the same adapter's rows");

        model.Adapters.Unload("certainty-lora");
        Cases.PoisonedModel.CopyFolder(folder["model", "adapters", "jailbreak-lora"], adapter);
        float[] replaced = await LogitsAsync(0);
        Assert.IsGreaterThan(0.01f, first.Zip(replaced, (x, y) => Math.Abs(x - y)).Max());
        using Conversation expected = (await DemoModel.OpenAsync()).CreateConversation();
        await expected.PromptAsync(prompt, new PromptOptions { Adapter = "jailbreak-lora" });
        Prompts.AssertSame(
            (await expected.ForwardAsync(prompt.AsMemory(0, 1), new ForwardOptions { Adapter = "jailbreak-lora" }))[0].ToArray(), replaced,
            "the new adapter");

        // Another name does not hide the same weights, and the old ones are known again.
        using Conversation named = model.CreateConversation("all");
        Assert.AreEqual(99, (await named.PromptAsync(prompt, new PromptOptions { Adapter = "jailbreak-lora" })).ReusedTokens);
        model.Adapters.Unload("certainty-lora");
        Cases.PoisonedModel.CopyFolder(folder["first"], adapter);
        Prompts.AssertClose(first, await LogitsAsync(99), 1e-5f, "the old adapter's rows");

        async Task<float[]> LogitsAsync(int reused)
        {
            using Conversation conversation = model.CreateConversation("all");
            Assert.AreEqual(reused, (await conversation.PromptAsync(prompt, options)).ReusedTokens);
            return (await conversation.ForwardAsync(prompt.AsMemory(0, 1), new ForwardOptions { Adapter = "certainty-lora" }))[0].ToArray();
        }
    }

    [TestMethod]
    public async Task Prompt_InOtherScopes_TakesWholeBlocksOnlyIfAsked()
    {
        int[] prompt = Prompts.Random(100);
        foreach ((bool shares, int across) in new[] { (false, 0), (true, 96) })
        {
            using AloraModel model = await DemoModel.OpenOwnAsync(Cached with { ShareAcrossCacheScopes = shares });
            using Conversation first = model.CreateConversation("a");
            Assert.AreEqual(0, (await first.PromptAsync(prompt)).ReusedTokens);
            using Conversation second = model.CreateConversation();
            Assert.AreEqual(across, (await second.PromptAsync(prompt, new PromptOptions { CacheScope = "b" })).ReusedTokens);
            using Conversation unnamed = model.CreateConversation();
            Assert.AreEqual(across, (await unnamed.PromptAsync(prompt)).ReusedTokens);
            using Conversation unnamedAgain = model.CreateConversation();
            Assert.AreEqual(96, (await unnamedAgain.PromptAsync(prompt)).ReusedTokens);
            using Conversation own = first.Fork();
            own.Rewind(0);
            Assert.AreEqual(("a", 99), (own.CacheScope, (await own.PromptAsync(prompt)).ReusedTokens));
        }
    }

    [TestMethod]
    public async Task Prompt_ConversationGoesToAnotherScope_TakesNothingAlong()
    {
        AloraModel model = await DemoModel.OpenAsync();
        int[] prompt = Prompts.Random(60);
        using Conversation conversation = model.CreateConversation("a");
        await conversation.PromptAsync(prompt);
        Assert.AreEqual(60, (await conversation.PromptAsync((int[])[.. prompt, 11])).ReusedTokens);
        TokenUsage usage = await conversation.PromptAsync((int[])[.. prompt, 11], new PromptOptions { CacheScope = "b" });
        Assert.AreEqual((0, 61, "b"), (usage.ReusedTokens, usage.ComputedTokens, conversation.CacheScope));
        Assert.Throws<ArgumentException>(() => model.CreateConversation(""));
        await Assert.ThrowsAsync<ArgumentException>(() => conversation.PromptAsync(prompt, new PromptOptions { CacheScope = "" }));
        Assert.AreEqual((61, "b"), (conversation.Length, conversation.CacheScope));
    }

    [TestMethod]
    public async Task Prompt_FromManyConversationsAtOnce_GivesTheSameAnswers()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(Cached with { PrefixCacheBytes = 3 << 20 });
        GenerationOptions five = new() { MaxNewTokens = 5, IgnoreEndOfText = true };
        int[][] prompts = [.. Enumerable.Range(0, 4).Select(i => (int[])[.. Prompts.Random(150), .. Prompts.Random(40, i + 2)])];
        AloraModel plain = await DemoModel.OpenAsync();
        int[][] expected = await Task.WhenAll(prompts.Select(prompt => AnswerAsync(plain, prompt)));
        int[][] got = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => AnswerAsync(model, prompts[i % 4])));
        for (int i = 0; i < got.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i % 4], got[i]);
        }

        async Task<int[]> AnswerAsync(AloraModel asked, int[] prompt)
        {
            using Conversation conversation = asked.CreateConversation("all");
            await conversation.PromptAsync(prompt);
            return [.. (await conversation.GenerateToEndAsync(five)).Tokens];
        }
    }

    [TestMethod]
    public async Task Open_NegativeBudget_IsRefused() =>
        await Assert.ThrowsExactlyAsync<ArgumentOutOfRangeException>(
            () => DemoModel.OpenOwnAsync(new AloraModelOptions { PrefixCacheBytes = -1 }));
}
