namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Cancellation, disposal, limits and concurrency.</summary>
[TestClass]
public sealed class LifetimeTests
{
    private static readonly GenerationOptions Ten = new() { MaxNewTokens = 10, IgnoreEndOfText = true };

    [TestMethod]
    public async Task Append_Cancelled_LeavesTheConversationAsItWas()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { PrefillChunkSize = 8 });
        using Conversation conversation = model.CreateConversation();
        int[] prompt = Prompts.Random(40);
        await conversation.AppendAsync(prompt);
        using CancellationTokenSource source = new();
        Task task = conversation.AppendAsync(Prompts.Random(8000, 2), source.Token);
        await model.WaitForRunsAsync(3, task);
        await source.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => task);
        Assert.AreEqual(40, conversation.Length);

        using Conversation fresh = model.CreateConversation();
        await fresh.AppendAsync(prompt);
        CollectionAssert.AreEqual(
            (await fresh.GenerateToEndAsync(Ten)).Tokens.ToArray(), (await conversation.GenerateToEndAsync(Ten)).Tokens.ToArray());
    }

    [TestMethod]
    public async Task Prompt_Cancelled_IsContinuedByTheSamePrompt()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { PrefillChunkSize = 8 });
        using Conversation conversation = model.CreateConversation();
        int[] prompt = Prompts.Random(8000);
        using CancellationTokenSource source = new();
        Task task = conversation.PromptAsync(prompt, cancellationToken: source.Token);
        await model.WaitForRunsAsync(3, task);
        await source.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => task);
        Assert.IsGreaterThanOrEqualTo(3 * 8, conversation.Length);
        Assert.IsLessThan(8000, conversation.Length);
        int computed = conversation.Length;
        Assert.AreEqual(computed, (await conversation.PromptAsync(prompt.AsMemory(0, computed + 10))).ReusedTokens);
    }

    [TestMethod]
    public async Task Generate_Cancelled_KeepsTheTokensSoFar()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(40));
        using CancellationTokenSource source = new();
        int count = 0;
        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (GeneratedToken token in conversation.GenerateAsync(Ten with { MaxNewTokens = 5000 }, source.Token))
            {
                if (++count == 5)
                {
                    await source.CancelAsync();
                }
            }
        });
        Assert.AreEqual(45, conversation.Length);
        await conversation.GenerateToEndAsync(Ten);
        Assert.AreEqual(55, conversation.Length);
    }

    [TestMethod]
    public async Task Invoke_Cancelled_LeavesTheConversationAsItWas()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(40));
        using CancellationTokenSource source = new();
        Task running = conversation.InvokeAsync(
            "certainty", new InvocationOptions { Generation = Ten with { MaxNewTokens = 8000 } }, source.Token);
        await model.WaitForRunsAsync(model.Loaded.Session.Runs + 5, running);
        await source.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => running);
        Assert.AreEqual(40, conversation.Length);
        Assert.IsNull(conversation.Adapter);
        using Conversation fresh = model.CreateConversation();
        await fresh.AppendAsync(Prompts.Random(40));
        int[] next = Prompts.Random(4, 2);
        Prompts.AssertSame(await fresh.NextLogitsAsync(next), await conversation.NextLogitsAsync(next), "after cancellation");
    }

    [TestMethod]
    public async Task AnyOperation_CancelledBeforeItStarts_DoesNothing()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        CancellationToken cancelled = new(canceled: true);
        await Assert.ThrowsAsync<OperationCanceledException>(() => conversation.AppendAsync(Prompts.Random(3), cancelled));
        await Assert.ThrowsAsync<OperationCanceledException>(() => conversation.InvokeAsync("certainty", null, cancelled));
        await Assert.ThrowsAsync<OperationCanceledException>(() => AloraModel.OpenAsync(model.Folder, null, cancelled));
        Assert.AreEqual(0, conversation.Length);
    }

    [TestMethod]
    public async Task Append_MoreThanTheContext_IsRefusedBeforeAnyRun()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { MaxContextLength = 100 });
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(90));
        long runs = model.Loaded.Session.Runs;
        Assert.Contains(
            "context of 100",
            (await Assert.ThrowsExactlyAsync<ArgumentException>(() => conversation.AppendAsync(Prompts.Random(11)))).Message);
        Assert.Contains(
            "context of 100",
            (await Assert.ThrowsExactlyAsync<ArgumentException>(() => conversation.PromptAsync(Prompts.Random(101)))).Message);
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => conversation.ForwardAsync(Prompts.Random(11)));
        await Assert.ThrowsExactlyAsync<ArgumentException>(
            () => conversation.InvokeAsync("certainty", new InvocationOptions { InstructionTokens = Prompts.Random(8) }));
        Assert.AreEqual(runs, model.Loaded.Session.Runs);
        GenerationResult result = await conversation.GenerateToEndAsync(Ten with { MaxNewTokens = 50 });
        Assert.AreEqual(FinishReason.ContextFull, result.FinishReason);
        Assert.HasCount(10, result.Tokens);
        Assert.AreEqual(100, conversation.Capacity);
        Assert.Contains(
            "full", (await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => conversation.GenerateToEndAsync(Ten))).Message);
    }

    [TestMethod]
    public async Task AnyOperation_BadArguments_AreRefusedAndLeaveTheConversationUsable()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => conversation.GenerateToEndAsync());
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => conversation.InvokeAsync("certainty-lora"));
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => conversation.PromptAsync(ReadOnlyMemory<int>.Empty));
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => conversation.ForwardAsync(ReadOnlyMemory<int>.Empty));
        await Assert.ThrowsExactlyAsync<ArgumentOutOfRangeException>(() => conversation.AppendAsync(new[] { 1280 }));
        await Assert.ThrowsExactlyAsync<ArgumentOutOfRangeException>(() => conversation.AppendAsync(new[] { 1, -1 }));
        await Assert.ThrowsExactlyAsync<ArgumentOutOfRangeException>(
            () => conversation.ForwardAsync(new[] { 1 }, new ForwardOptions { LogitsPositions = [1] }));
        await Assert.ThrowsExactlyAsync<ArgumentOutOfRangeException>(
            () => conversation.ForwardAsync(new[] { 1 }, new ForwardOptions { Adapter = "certainty", ActivationStart = 2 }));
        await Assert.ThrowsExactlyAsync<ArgumentOutOfRangeException>(
            () => conversation.ForwardAsync(new[] { 1 }, new ForwardOptions { Adapter = "certainty", ActivationStart = -1 }));
        await Assert.ThrowsExactlyAsync<AdapterNotFoundException>(
            () => conversation.ForwardAsync(new[] { 1 }, new ForwardOptions { Adapter = "unknown" }));
        await conversation.AppendAsync(Prompts.Random(5));
        Assert.Contains(
            "certainty", (await Assert.ThrowsExactlyAsync<AdapterNotFoundException>(() => conversation.InvokeAsync("unknown"))).Message);
        await Assert.ThrowsExactlyAsync<ArgumentOutOfRangeException>(
            () => conversation.InvokeAsync("certainty", new InvocationOptions { ActivationOffset = 2 }));
        await Assert.ThrowsExactlyAsync<ArgumentOutOfRangeException>(
            () => conversation.InvokeAsync("certainty", new InvocationOptions { ActivationPosition = 8 }));
        await Assert.ThrowsExactlyAsync<ArgumentOutOfRangeException>(
            () => conversation.GenerateToEndAsync(new GenerationOptions { TopP = 2 }));
        Assert.AreEqual(5, conversation.Length);
        Assert.IsNull(conversation.Adapter);
        await conversation.GenerateToEndAsync(Ten);
    }

    [TestMethod]
    public async Task Operation_WhileAnotherRuns_IsRefused()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(10));
        await using IAsyncEnumerator<GeneratedToken> stream = conversation.GenerateAsync(Ten).GetAsyncEnumerator();
        Assert.IsTrue(await stream.MoveNextAsync());
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => conversation.AppendAsync(Prompts.Random(3)));
        Assert.ThrowsExactly<InvalidOperationException>(() => conversation.Rewind(0));
        Assert.ThrowsExactly<InvalidOperationException>(conversation.Fork);
        await stream.DisposeAsync();
        conversation.Rewind(0);
    }

    [TestMethod]
    public async Task Dispose_ConversationWhileItRuns_FreesItAfterwards()
    {
        AloraModel model = await DemoModel.OpenAsync();
        Conversation conversation = model.CreateConversation();
        Task<TokenUsage> running = conversation.AppendAsync(Prompts.Random(3000));
        conversation.Dispose();
        conversation.Dispose();
        Assert.AreEqual(3000, (await running).ComputedTokens);
        Assert.AreEqual(0, conversation.CacheBytes);
        await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => conversation.AppendAsync(Prompts.Random(3)));
        Assert.ThrowsExactly<ObjectDisposedException>(() => conversation.Rewind(0));
        Assert.ThrowsExactly<ObjectDisposedException>(conversation.Fork);
        await Assert.ThrowsExactlyAsync<ObjectDisposedException>(
            async () => await conversation.GenerateAsync(Ten).GetAsyncEnumerator().MoveNextAsync());
    }

    [TestMethod]
    public async Task Dispose_ModelBeforeItsConversations_LetsRunningOnesEnd()
    {
        AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation running = model.CreateConversation();
        using Conversation idle = model.CreateConversation();
        await idle.ForwardAsync(Prompts.Random(5), new ForwardOptions { Adapter = "certainty", ActivationStart = 2 });
        Task<TokenUsage> task = running.AppendAsync(Prompts.Random(3000));
        await model.DisposeAsync();
        model.Dispose();
        Assert.AreEqual(3000, (await task).ComputedTokens);
        await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => idle.GenerateToEndAsync(Ten));
        Assert.ThrowsExactly<ObjectDisposedException>(model.CreateConversation);
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.Adapters.Get("certainty"));
    }

    [TestMethod]
    public async Task Unload_WhileAnInvocationRuns_IsRefused()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(10));
        using CancellationTokenSource source = new();
        Task<IntrinsicResult> running =
            conversation.InvokeAsync("certainty", new InvocationOptions { Generation = Ten with { MaxNewTokens = 8000 } }, source.Token);
        await model.WaitForRunsAsync(20, running);
        Assert.Contains(
            "'certainty' is in use", Assert.ThrowsExactly<InvalidOperationException>(() => model.Adapters.Unload("certainty")).Message);
        await source.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => running);
        model.Adapters.Unload("certainty");
        Assert.DoesNotContain("certainty", model.Adapters.LoadedNames);
        await conversation.InvokeAsync("certainty", new InvocationOptions { Generation = Ten });
    }

    [TestMethod]
    public async Task ConcurrentConversations_WithAllAdapters_GiveWhatTheyGiveAlone()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        string[] adapters = [.. DemoModel.AdapterNames];
        List<int[]> expected = [];
        for (int i = 0; i < adapters.Length; i++)
        {
            expected.Add(await RunAsync(model, adapters[i], i));
        }

        Task<int[]>[] tasks =
            [.. Enumerable.Range(0, 3 * adapters.Length).Select(i => RunAsync(model, adapters[i % adapters.Length], i % adapters.Length))];
        for (int i = 0; i < tasks.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i % adapters.Length], await tasks[i], adapters[i % adapters.Length]);
        }

        static async Task<int[]> RunAsync(AloraModel model, string adapter, int seed)
        {
            using Conversation conversation = model.CreateConversation();
            await conversation.AppendAsync(Prompts.Random(60 + (seed * 11), seed));
            GenerationResult answer = await conversation.GenerateToEndAsync(Ten);
            IntrinsicResult result = await conversation.InvokeAsync(adapter, new InvocationOptions { Generation = Ten });
            GenerationResult more = await conversation.GenerateToEndAsync(Ten);
            return [.. answer.Tokens, .. result.Tokens, .. more.Tokens];
        }
    }
}
