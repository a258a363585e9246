namespace ALoRA.Onnx.Serving.Tests;

/// <summary>Rows that go from an engine into a conversation, and how many the engine keeps.</summary>
[TestClass]
public sealed class PrefixCopyTests
{
    private static readonly GenerationOptions Short = new() { Temperature = 0, MaxNewTokens = 8 };

    [TestMethod]
    public async Task CopyPrefix_EndedRequest_GivesTheRowsThatTheConversationWouldCompute()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        EngineRequest request = RequestOf(model, 40, "a");
        GenerationResult answer = await ReadAsync(engine, request);
        int[] all = [.. request.Prompt.Ids.Span, .. answer.Tokens];
        using Conversation conversation = model.CreateConversation("a");
        using Conversation twin = model.CreateConversation("a");
        await twin.PromptAsync(all);

        // The last token of an answer has no row.
        Assert.AreEqual(all.Length - 1, await engine.CopyPrefixAsync(conversation, all));
        CollectionAssert.AreEqual(all[..^1], conversation.Tokens.ToArray());
        TokenUsage usage = await conversation.PromptAsync(all);
        Assert.AreEqual((all.Length - 1, 1), (usage.ReusedTokens, usage.ComputedTokens));
        IntrinsicResult copied = await conversation.InvokeAsync("certainty");
        IntrinsicResult computed = await twin.InvokeAsync("certainty");
        Assert.AreEqual(computed.Text, copied.Text);
        Assert.AreEqual(all.Length, copied.Usage.ReusedTokens);
        AssertClose(await NextLogitsAsync(twin), await NextLogitsAsync(conversation));
    }

    [TestMethod]
    public async Task CopyPrefix_RunningRequest_GivesWhatItHasSoFar()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model, new EngineOptions { MaxUnreadTokens = 2, MaxReaderDelay = TimeSpan.MaxValue });
        EngineRequest request = RequestOf(model, 40, "a") with { Generation = new() { Temperature = 1, Seed = 1, MaxNewTokens = 400 } };
        await using EngineAnswer answer = engine.Submit(request);
        await answer.PromptUsage;
        using Conversation conversation = model.CreateConversation("a");

        int[] all = [.. request.Prompt.Ids.Span];
        Assert.AreEqual(all.Length, await engine.CopyPrefixAsync(conversation, all));
        using Conversation twin = model.CreateConversation("a");
        await twin.PromptAsync(all);
        AssertClose(await NextLogitsAsync(twin), await NextLogitsAsync(conversation));
    }

    [TestMethod]
    public async Task CopyPrefix_ConversationHasAnotherEnd_KeepsWhatIsInCommonAndGivesUpTheRest()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        EngineRequest request = RequestOf(model, 40, "a");
        await ReadAsync(engine, request);
        int[] all = [.. request.Prompt.Ids.Span];
        using Conversation conversation = model.CreateConversation("a");
        await conversation.PromptAsync((int[])[.. all[..50], 5, 6, 7, 8]);

        Assert.AreEqual(all.Length, await engine.CopyPrefixAsync(conversation, all));
        CollectionAssert.AreEqual(all, conversation.Tokens.ToArray());
        Assert.AreEqual(20, await engine.CopyPrefixAsync(conversation, all.AsMemory(0, 20)));
        Assert.AreEqual(20, conversation.Length);
        int[] strange = [.. all[..10], 5, 6, 7];
        Assert.AreEqual(10, await engine.CopyPrefixAsync(conversation, strange));
    }

    [TestMethod]
    public async Task CopyPrefix_ConversationUnderAnAdapter_GetsRowsOfTheBase()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        EngineRequest request = RequestOf(model, 40, "a");
        await ReadAsync(engine, request);
        int[] all = [.. request.Prompt.Ids.Span];
        using Conversation conversation = model.CreateConversation("a");
        await conversation.PromptAsync(all, new PromptOptions { Adapter = "jailbreak-lora" });

        Assert.AreEqual(all.Length, await engine.CopyPrefixAsync(conversation, all));
        Assert.IsNull(conversation.Adapter);
        using Conversation twin = model.CreateConversation("a");
        await twin.PromptAsync(all);
        AssertClose(await NextLogitsAsync(twin), await NextLogitsAsync(conversation));
    }

    [TestMethod]
    public async Task CopyPrefix_RowsOfAnAdapter_StayWhereTheyAre()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        EngineRequest request = RequestOf(model, 40, "a") with { Adapter = "jailbreak-lora" };
        await ReadAsync(engine, request);
        IReadOnlyList<int> invocation = model.Adapters.Get("certainty").InvocationTokens;
        int[] invoked = [.. RequestOf(model, 30, "a").Prompt.Ids.Span, .. invocation];
        await ReadAsync(engine, new EngineRequest
        {
            Prompt = EncodedPrompt.FromTrusted(invoked),
            Adapter = "certainty",
            CacheScope = "a",
            Generation = Short,
        });
        using Conversation conversation = model.CreateConversation("a");

        Assert.IsLessThan(invoked.Length, await engine.CopyPrefixAsync(conversation, request.Prompt.Ids));
        Assert.AreEqual(invoked.Length - invocation.Count, await engine.CopyPrefixAsync(conversation, invoked));
    }

    [TestMethod]
    public async Task CopyPrefix_Scopes_AreKeptApartAsForRequests()
    {
        AloraModel model = await DemoModel.OpenAsync();
        foreach (bool sharesTokens in new[] { false, true })
        {
            await using AloraEngine engine = new(model, new EngineOptions { ShareTokensWithoutScope = sharesTokens });
            EngineRequest own = RequestOf(model, 40, "a");
            EngineRequest everyones = RequestOf(model, 25, scope: null);
            await ReadAsync(engine, own);
            await ReadAsync(engine, everyones);
            int length = everyones.Prompt.Ids.Length;
            using Conversation other = model.CreateConversation("b");
            using Conversation none = model.CreateConversation();
            Assert.AreEqual(0, await engine.CopyPrefixAsync(other, own.Prompt.Ids));
            Assert.AreEqual(0, await engine.CopyPrefixAsync(other, everyones.Prompt.Ids));
            Assert.AreEqual(
                sharesTokens ? length : length / 32 * 32, await engine.CopyPrefixAsync(none, everyones.Prompt.Ids));
            Assert.AreNotEqual(0, length % 32);
        }
    }

    [TestMethod]
    public async Task CopyPrefix_OtherModelOrDisposed_IsRefused()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using AloraModel other = await DemoModel.OpenOwnAsync();
        AloraEngine engine = new(model);
        using Conversation foreign = other.CreateConversation();
        using Conversation conversation = model.CreateConversation();
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => engine.CopyPrefixAsync(foreign, new[] { 1 }));
        await engine.DisposeAsync();
        await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => engine.CopyPrefixAsync(conversation, new[] { 1 }));
        Assert.AreEqual(0, conversation.Length);
    }

    [TestMethod]
    [DataRow(0, null, 0)]
    [DataRow(2, null, 2)]
    [DataRow(null, 1L, 0)]
    [DataRow(null, null, 4)]
    public async Task MaxKept_RequestsHaveEnded_SoManyAreKept(int? prompts, long? bytes, int expected)
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model, new EngineOptions { MaxKeptPrompts = prompts, MaxKeptBytes = bytes });
        for (int i = 0; i < 4; i++)
        {
            await ReadAsync(engine, RequestOf(model, 8, $"{i}"));
        }

        Assert.AreEqual(expected, engine.Statistics.KeptPrompts);
        using Conversation conversation = model.CreateConversation("3");
        ReadOnlyMemory<int> last = RequestOf(model, 8, "3").Prompt.Ids;
        Assert.AreEqual(expected > 0 ? last.Length : 0, await engine.CopyPrefixAsync(conversation, last));
    }

    private static EngineRequest RequestOf(AloraModel model, int sentences, string? scope) => new()
    {
        Prompt = EncodedPrompt.FromTrusted(model.PromptEncoder.Encode(
            [new PromptMessage("user", string.Concat(Enumerable.Range(0, sentences).Select(i => $"Nora owns {i} pens. ")) + "How many?")],
            addGenerationPrompt: true)),
        CacheScope = scope,
        Generation = Short,
    };

    private static async Task<GenerationResult> ReadAsync(AloraEngine engine, EngineRequest request)
    {
        await using EngineAnswer answer = engine.Submit(request);
        List<int> tokens = [];
        GeneratedToken last = default;

        // To the end of the stream, when its rows are kept.
        await foreach (GeneratedToken token in answer)
        {
            tokens.Add(token.Id);
            last = token;
        }

        return new GenerationResult { Text = "", Tokens = tokens, FinishReason = last.FinishReason!.Value, Usage = last.Usage! };
    }

    // A token behind what there is, so that every row is read.
    private static async Task<float[]> NextLogitsAsync(Conversation conversation)
    {
        Logits logits = await conversation.ForwardAsync(new[] { 7 });
        return logits[0].ToArray();
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        float most = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
        Assert.IsLessThan(1e-4f, most);
    }
}
