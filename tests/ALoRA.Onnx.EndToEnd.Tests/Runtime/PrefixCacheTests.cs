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
