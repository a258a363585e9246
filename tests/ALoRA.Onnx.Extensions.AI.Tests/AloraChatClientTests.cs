namespace ALoRA.Onnx.Extensions.AI.Tests;

/// <summary>Answers, streamed and not: text, usage, reuse, identity.</summary>
[TestClass]
public sealed class AloraChatClientTests
{
    [TestMethod]
    public async Task GetResponse_Question_IsAnsweredWithEverythingFilled()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        ChatResponse response = await client.GetResponseAsync(Demo.Question);
        Assert.AreEqual(Demo.Answer, response.Text);
        Assert.AreEqual(ChatFinishReason.Stop, response.FinishReason);
        Assert.AreEqual(client.Model.Manifest.Name, response.ModelId);
        Assert.IsNull(response.ConversationId);
        Assert.IsNotNull(response.CreatedAt);
        Assert.HasCount(1, response.Messages);
        Assert.AreEqual(ChatRole.Assistant, response.Messages[0].Role);
        Assert.HasCount(1, response.Messages[0].Contents);
        Assert.IsFalse(string.IsNullOrEmpty(response.ResponseId));
        Assert.AreEqual(response.ResponseId, response.Messages[0].MessageId);
        int prompt = client.Model.Tokenizer.Encode(
            $"<|start_of_role|>user<|end_of_role|>{Demo.Question}<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>").Length;
        Assert.AreEqual(prompt, response.Usage!.InputTokenCount);
        Assert.AreEqual(0, response.Usage.CachedInputTokenCount);
        Assert.AreEqual(client.Model.Tokenizer.Encode(Demo.Answer).Length + 1, response.Usage.OutputTokenCount);
        Assert.AreEqual(response.Usage.InputTokenCount + response.Usage.OutputTokenCount, response.Usage.TotalTokenCount);
    }

    [TestMethod]
    public async Task GetStreamingResponse_Question_ComesInPiecesWithUsageLast()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        List<ChatResponseUpdate> updates = await client.GetStreamingResponseAsync(Demo.Question).ToListAsync();
        Assert.IsGreaterThan(5, updates.Count);
        Assert.AreEqual(Demo.Answer, string.Concat(updates));
        Assert.IsTrue(updates.SkipLast(1).All(update => update is { FinishReason: null, Text.Length: > 0 }));
        Assert.AreEqual(ChatFinishReason.Stop, updates[^1].FinishReason);
        Assert.IsInstanceOfType<UsageContent>(updates[^1].Contents.Single());
        Assert.HasCount(
            1,
            updates.Select(update => (update.ResponseId, update.MessageId, update.ModelId, update.Role, update.CreatedAt))
                .Distinct()
                .ToList());
    }

    [TestMethod]
    public async Task GetResponse_ChatGoesOn_ReusesPromptAndAnswer()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        List<ChatMessage> chat = [new(ChatRole.User, Demo.Question)];
        ChatResponse first = await client.GetResponseAsync(chat);
        chat.AddMessages(first);
        chat.Add(new ChatMessage(ChatRole.User, "Compute 3 * 4."));
        ChatResponse second = await client.GetResponseAsync(chat);

        // The token that ended the first answer has no row yet.
        Assert.AreEqual(first.Usage!.TotalTokenCount - 1, second.Usage!.CachedInputTokenCount);
        Assert.AreEqual((1, 0), (client.KeptPrompts, client.IdleConversations));

        using AloraChatClient fresh = await Demo.ClientAsync();
        Assert.AreEqual((await fresh.GetResponseAsync(chat)).Text, second.Text);
    }

    [TestMethod]
    public async Task GetResponse_BranchOfALongChat_KeepsBothCaches()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        string story = string.Concat(Enumerable.Range(0, 30).Select(i => $"Nora owns {i} pens. "));
        ChatMessage[] shared = [new(ChatRole.User, story + "How many pens does Nora own?")];
        ChatResponse first = await client.GetResponseAsync([
            .. shared, new(ChatRole.Assistant, string.Join(' ', Enumerable.Repeat("She owns many pens.", 10))),
            new(ChatRole.User, Demo.Question)]);
        ChatResponse branch = await client.GetResponseAsync(
            [.. shared, new(ChatRole.Assistant, "None."), new(ChatRole.User, Demo.Question)]);
        Assert.IsGreaterThan(200, branch.Usage!.CachedInputTokenCount!.Value);
        Assert.AreEqual(2, client.KeptPrompts);
        ChatResponse again = await client.GetResponseAsync([
            .. shared, new(ChatRole.Assistant, string.Join(' ', Enumerable.Repeat("She owns many pens.", 10))),
            new(ChatRole.User, Demo.Question)]);
        Assert.AreEqual(again.Usage!.InputTokenCount - 1, again.Usage.CachedInputTokenCount);
        Assert.AreEqual(first.Text, again.Text);
    }

    [TestMethod]
    public async Task GetResponse_NoIdleConversations_ComputesAllAgain()
    {
        using AloraChatClient client = await Demo.ClientAsync(new AloraChatClientOptions { MaxIdleConversations = 0 });
        for (int i = 0; i < 2; i++)
        {
            ChatResponse response = await client.GetResponseAsync(Demo.Question);
            Assert.AreEqual(0, response.Usage!.CachedInputTokenCount);
            Assert.AreEqual((0, 0), (client.KeptPrompts, await LendAsync(client)));
        }

        using AloraChatClient bytes = await Demo.ClientAsync(new AloraChatClientOptions { MaxIdleCacheBytes = 1 });
        await bytes.GetResponseAsync(Demo.Question);
        Assert.AreEqual((0, 0), (bytes.KeptPrompts, await LendAsync(bytes)));

        static async Task<int> LendAsync(AloraChatClient client)
        {
            await client.PromptAsync([new(ChatRole.User, Demo.Question)]);
            return client.KeptPrompts + client.IdleConversations;
        }
    }

    [TestMethod]
    public async Task GetResponse_PrefixCache_ComputesASystemPromptOfOtherConversationsOnce()
    {
        using AloraChatClient client = new(
            await DemoModel.OpenOwnAsync(new AloraModelOptions { PrefixCacheBytes = 64 << 20 }),
            new AloraChatClientOptions { MaxIdleConversations = 0, LeaveOpen = false });
        ChatMessage system = new(
            ChatRole.System, string.Concat(Enumerable.Range(0, 120).Select(i => $"Person {i} is {20 + (i % 60)} years old. ")));
        ChatResponse first = await client.GetResponseAsync([system, new(ChatRole.User, Demo.Question)]);
        ChatResponse second = await client.GetResponseAsync([system, new(ChatRole.User, "How old is Mia?")]);
        Assert.AreEqual(0, first.Usage!.CachedInputTokenCount);
        Assert.IsGreaterThan(second.Usage!.InputTokenCount!.Value * 9 / 10, second.Usage.CachedInputTokenCount!.Value);
    }

    [TestMethod]
    public async Task GetResponse_AnotherCacheScope_ReusesNothingOfOthers()
    {
        using AloraChatClient client = new(
            await DemoModel.OpenOwnAsync(new AloraModelOptions { PrefixCacheBytes = 64 << 20 }),
            new AloraChatClientOptions { LeaveOpen = false });
        ChatMessage question = new(
            ChatRole.User, string.Concat(Enumerable.Range(0, 30).Select(i => $"Nora owns {i} pens. ")) + Demo.Question);
        string?[] scopes = ["a", null, "b", "alora.adapter"];
        foreach (string? scope in scopes)
        {
            Assert.AreEqual(0, (await AskAsync(scope)).Usage!.CachedInputTokenCount, $"first of scope {scope}");
        }

        foreach (string? scope in scopes)
        {
            Assert.IsGreaterThan(200, (await AskAsync(scope)).Usage!.CachedInputTokenCount!.Value, $"second of scope {scope}");
        }

        Assert.AreEqual(4, client.KeptPrompts);
        Assert.AreEqual("c", await client.UseConversationAsync(
            [question], (context, _) => Task.FromResult(context.Conversation.CacheScope), OptionsOf("c")));
        await Assert.ThrowsAsync<ArgumentException>(() => AskAsync(""));
        await Assert.ThrowsAsync<ArgumentException>(
            () => client.GetResponseAsync([question], new ChatOptions { AdditionalProperties = new() { [AloraChatKeys.CacheScope] = 7 } }));

        Task<ChatResponse> AskAsync(string? scope) => client.GetResponseAsync([question], OptionsOf(scope));

        static ChatOptions OptionsOf(string? scope) => new()
        {
            MaxOutputTokens = 2,
            AdditionalProperties = new() { [AloraChatKeys.CacheScope] = scope },
        };
    }

    [TestMethod]
    public async Task UseConversation_AnswerAppended_AsksCertaintyOnTheCacheOfTheAnswer()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        List<ChatMessage> chat = [new(ChatRole.User, Demo.Question)];
        ChatResponse response = await client.GetResponseAsync(chat);
        chat.AddMessages(response);
        (int length, Certainty certainty) = await client.UseConversationAsync(
            chat,
            async (context, cancellationToken) => (
                context.Conversation.Length, await context.Conversation.InvokeCertaintyAsync(cancellationToken: cancellationToken)));
        Assert.AreEqual(response.Usage!.TotalTokenCount + 1, length);
        Assert.AreEqual((length, 3), (certainty.Usage.ReusedTokens, certainty.Usage.ComputedTokens));
        Assert.IsTrue(certainty.Value is > 0.5 and < 1, $"{certainty.Value}");
        Assert.AreEqual(1, client.IdleConversations);
    }

    [TestMethod]
    public async Task ConversationId_StartedChat_KeepsMessages()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        string id = client.StartConversation(new ChatMessage(ChatRole.System, "Be brief."));
        ChatResponse first = await client.GetResponseAsync(Demo.Question, new ChatOptions { ConversationId = id });
        Assert.AreEqual(id, first.ConversationId);
        ChatResponse second = await client.GetResponseAsync("Compute 3 * 4.", new ChatOptions { ConversationId = id });
        Assert.AreEqual(first.Usage!.TotalTokenCount - 1, second.Usage!.CachedInputTokenCount);
        string text = await client.PromptAsync([], new ChatOptions { ConversationId = id });
        Assert.AreEqual(
            "<|start_of_role|>system<|end_of_role|>Be brief.<|end_of_text|>\n"
            + $"<|start_of_role|>user<|end_of_role|>{Demo.Question}<|end_of_text|>\n"
            + $"<|start_of_role|>assistant<|end_of_role|>{first.Text}<|end_of_text|>\n"
            + "<|start_of_role|>user<|end_of_role|>Compute 3 * 4.<|end_of_text|>\n"
            + $"<|start_of_role|>assistant<|end_of_role|>{second.Text}<|end_of_text|>\n",
            text);

        Assert.IsTrue(client.EndConversation(id));
        Assert.IsFalse(client.EndConversation(id));
        ArgumentException unknown = await Assert.ThrowsAsync<ArgumentException>(
            () => client.GetResponseAsync("Go on.", new ChatOptions { ConversationId = id }));
        Assert.StartsWith(
            $"There is no conversation '{id}'. Start one with {nameof(AloraChatClient)}.{nameof(AloraChatClient.StartConversation)} and ",
            unknown.Message);
    }

    [TestMethod]
    public async Task ConversationId_FailedOrAbandonedRequest_LeavesNoTrace()
    {
        using AloraChatClient client = await Demo.ClientAsync(new AloraChatClientOptions { MaxStoredConversations = 1 });
        ChatOptions options = new() { ConversationId = client.StartConversation(new ChatMessage(ChatRole.System, "Be brief.")) };
        string before = await client.PromptAsync([], options);
        await foreach (ChatResponseUpdate _ in client.GetStreamingResponseAsync(Demo.Question, options))
        {
            break;
        }

        ChatOptions refused = options.Clone();
        refused.TopP = 2;
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetResponseAsync(Demo.Question, refused));
        Assert.AreEqual(before, await client.PromptAsync([], options));
        InvalidOperationException full = Assert.ThrowsExactly<InvalidOperationException>(() => client.StartConversation());
        Assert.AreEqual(
            $"1 conversations are stored already. End some with {nameof(AloraChatClient.EndConversation)}, or raise "
            + $"{nameof(AloraChatClientOptions)}.{nameof(AloraChatClientOptions.MaxStoredConversations)}.",
            full.Message);
    }

    [TestMethod]
    public async Task GetService_KnownTypes_GivesThem()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        Assert.AreSame(client, client.GetService<AloraChatClient>());
        Assert.AreSame(client, client.GetService<IChatClient>());
        Assert.AreSame(client.Model, client.GetService<AloraModel>());
        Assert.AreSame(client.Model.Tokenizer, client.GetService<HfTokenizer>());
        Assert.AreSame(client.Model.ChatTemplate, client.GetService<ChatTemplate>());
        ChatClientMetadata metadata = client.GetService<ChatClientMetadata>()!;
        Assert.AreEqual(("alora", client.Model.Manifest.Name), (metadata.ProviderName, metadata.DefaultModelId));
        Assert.IsNull(client.GetService<string>());
        Assert.IsNull(client.GetService<AloraModel>("key"));
    }
}
