using System.Diagnostics;

namespace ALoRA.Onnx.Extensions.AI.Tests;

/// <summary>Many requests at once, cancellation at every await, disposal.</summary>
[TestClass]
public sealed class ConcurrencyTests
{
    [TestMethod]
    public async Task GetResponse_64AtOnce_GiveTheAnswersOfOneAfterTheOther()
    {
        ChatMessage[][] chats = [.. Enumerable.Range(0, 64).Select(Chat)];
        List<string> expected = [];
        using (AloraChatClient alone = await Demo.ClientAsync(new AloraChatClientOptions { MaxIdleConversations = 0 }))
        {
            foreach (ChatMessage[] chat in chats)
            {
                expected.Add((await alone.GetResponseAsync(chat)).Text);
            }
        }

        using AloraChatClient client = await Demo.ClientAsync(
            new AloraChatClientOptions { MaxConcurrentRequests = 8, MaxIdleConversations = 4 });
        string[] got = await Task.WhenAll(chats.Select((chat, i) => Task.Run(async () => i % 2 == 0
            ? (await client.GetResponseAsync(chat)).Text
            : string.Concat(await client.GetStreamingResponseAsync(chat).ToListAsync()))));
        CollectionAssert.AreEqual(expected, got);
        Assert.IsGreaterThan(20, expected.Distinct().Count());
        Assert.AreEqual(4, client.KeptPrompts);
    }

    [TestMethod]
    public async Task GetResponse_SameConversationManyTimesAtOnce_IsAnsweredInTurn()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        ChatOptions options = new() { ConversationId = client.StartConversation() };
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => client.GetResponseAsync($"Compute {i} + 1.", options.Clone())));
        string text = await client.PromptAsync([], options);
        Assert.AreEqual(12, text.Split("<|end_of_text|>\n", StringSplitOptions.RemoveEmptyEntries).Length);
        for (int i = 0; i < 6; i++)
        {
            Assert.Contains(
                $"user<|end_of_role|>Compute {i} + 1.<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>{i} + 1 = ", text);
        }
    }

    [TestMethod]
    public async Task Cancel_AfterAnyUpdate_EndsTheStreamAndLeavesTheClientUsable()
    {
        using AloraChatClient client = await Demo.ClientAsync(new AloraChatClientOptions { MaxConcurrentRequests = 1 });
        int updates = (await client.GetStreamingResponseAsync(Demo.Question).ToListAsync()).Count;
        for (int after = 0; after < updates; after++)
        {
            using CancellationTokenSource cancellation = new();
            int got = 0;
            if (after == 0)
            {
                await cancellation.CancelAsync();
            }

            await Assert.ThrowsAsync<OperationCanceledException>(async () =>
            {
                await foreach (ChatResponseUpdate _ in client.GetStreamingResponseAsync(
                    Demo.Question, cancellationToken: cancellation.Token))
                {
                    if (++got == after)
                    {
                        await cancellation.CancelAsync();
                    }
                }
            }, $"after {after}");
            Assert.AreEqual(after, got);
            Assert.AreEqual(Demo.Answer, (await client.GetResponseAsync(Demo.Question)).Text);
        }
    }

    [TestMethod]
    public async Task Cancel_WhenALongPrefillHasStarted_EndsTheRequest()
    {
        using AloraChatClient client = await Demo.ClientAsync(new AloraChatClientOptions { MaxConcurrentRequests = 1 });
        string text = string.Concat(Enumerable.Repeat("Nora is 67 years old. ", 600));
        using CancellationTokenSource cancellation = new();
        using Activity request = new Activity("request").Start();
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == AloraDiagnostics.Name,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStarted = activity =>
            {
                if (activity.OperationName == "alora.prompt" && activity.TraceId == request.TraceId)
                {
                    cancellation.Cancel();
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await Assert.ThrowsAsync<OperationCanceledException>(() => client.GetResponseAsync(text, cancellationToken: cancellation.Token));
        Assert.IsTrue(cancellation.IsCancellationRequested);
        Assert.AreEqual(Demo.Answer, (await client.GetResponseAsync(Demo.Question)).Text);
    }

    [TestMethod]
    public async Task Cancel_WhileOthersHaveThePlaces_EndsTheWait()
    {
        using AloraChatClient client = await Demo.ClientAsync(new AloraChatClientOptions { MaxConcurrentRequests = 1 });
        await using IAsyncEnumerator<ChatResponseUpdate> first = client.GetStreamingResponseAsync(Demo.Question).GetAsyncEnumerator();
        Assert.IsTrue(await first.MoveNextAsync());
        using CancellationTokenSource cancellation = new();
        Task<ChatResponse> waiting = client.GetResponseAsync(Demo.Question, cancellationToken: cancellation.Token);
        Task<int> using_ = client.UseConversationAsync(
            [new(ChatRole.User, "Hi")], (chat, _) => Task.FromResult(chat.Conversation.Length), cancellationToken: cancellation.Token);
        Assert.IsFalse(waiting.IsCompleted || using_.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAsync<OperationCanceledException>(() => using_);
        await first.DisposeAsync();
        Assert.AreEqual(Demo.Answer, (await client.GetResponseAsync(Demo.Question)).Text);
    }

    [TestMethod]
    public async Task Cancel_WhileAnotherRequestHasTheConversation_EndsTheWait()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        ChatOptions options = new() { ConversationId = client.StartConversation() };
        await using IAsyncEnumerator<ChatResponseUpdate> first = client.GetStreamingResponseAsync(Demo.Question, options)
            .GetAsyncEnumerator();
        Assert.IsTrue(await first.MoveNextAsync());
        using CancellationTokenSource cancellation = new();
        Task<ChatResponse> waiting = client.GetResponseAsync(Demo.Question, options, cancellation.Token);
        Assert.IsFalse(waiting.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
    }

    [TestMethod]
    public async Task Dispose_BetweenRequests_RefusesNewOnes()
    {
        AloraModel model = await DemoModel.OpenOwnAsync();
        AloraChatClient client = new(model);
        await client.GetResponseAsync(Demo.Question);
        client.Dispose();
        client.Dispose();
        Assert.AreEqual((0, 0), (client.KeptPrompts, client.IdleConversations));
        await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => client.GetResponseAsync(Demo.Question));
        await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => client.UseConversationAsync([], (_, _) => Task.FromResult(0)));
        Assert.ThrowsExactly<ObjectDisposedException>(() => client.StartConversation());
        Assert.ThrowsExactly<ObjectDisposedException>(model.CreateConversation);
    }

    [TestMethod]
    public async Task Dispose_LeaveOpen_LeavesTheModel()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        new AloraChatClient(model, new AloraChatClientOptions { LeaveOpen = true }).Dispose();
        using AloraChatClient second = new(model, new AloraChatClientOptions { LeaveOpen = true });
        Assert.AreEqual(Demo.Answer, (await second.GetResponseAsync(Demo.Question)).Text);
    }

    [TestMethod]
    public async Task Dispose_WhileStreaming_FinishesTheStreamAndFreesItsConversation()
    {
        AloraChatClient client = new(await DemoModel.OpenOwnAsync(), new AloraChatClientOptions { MaxConcurrentRequests = 1 });
        Task<ChatResponse>? waiting = null;
        string text = "";
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(Demo.Question))
        {
            text += update.Text;
            if (waiting is null)
            {
                waiting = client.GetResponseAsync(Demo.Question);
                client.Dispose();
            }
        }

        Assert.AreEqual(Demo.Answer, text);
        ObjectDisposedException disposed = await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => waiting!);
        Assert.AreEqual(typeof(AloraChatClient).FullName, disposed.ObjectName);
        Assert.AreEqual(0, client.IdleConversations);
    }

    private static ChatMessage[] Chat(int i) => i % 4 == 3
        ? [new(ChatRole.System, "Be brief."), new(ChatRole.User, $"Compute {i} + 7."), new(ChatRole.Assistant, $"{i} + 7 = {i + 7}."),
            new(ChatRole.User, $"What about {i} + 8?")]
        : [new(ChatRole.User, $"Compute {i * 3} + {i + 2}.")];
}
