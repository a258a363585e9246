using ALoRA.Onnx.EndToEnd.Tests.Runtime;
using ALoRA.Onnx.Extensions.AI;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.EndToEnd.Tests.Cases;

/// <summary>What a request costs before anything is computed does not hold its caller, and is refused where it can't fit.</summary>
[TestClass]
public sealed class LongMessageCases
{
    [TestMethod]
    [DataRow("hello there ", 170_000, true, DisplayName = "16-stream-two-megabytes")]
    [DataRow("good day ", 220_000, false, DisplayName = "17-response-two-megabytes")]
    public async Task GetResponse_TwoMegabytes_AreRefusedBeforeTheyAreEncoded(string text, int times, bool streams)
    {
        AloraModel model = await DemoModel.OpenAsync();
        using AloraChatClient client = new(model, new AloraChatClientOptions { LeaveOpen = true, MaxConcurrentRequests = 1 });
        ChatMessage[] messages = [new(ChatRole.User, string.Concat(Enumerable.Repeat(text, times)))];

        ArgumentException exception = await Assert.ThrowsExactlyAsync<ArgumentException>(() => Ask(client, messages, streams, default));

        Assert.MatchesRegex(
            $@"^The prompt has at least \d+ tokens by its length alone, .* context of {model.MaxLength}\.", exception.Message);
    }

    [TestMethod]
    [DataRow(true, DisplayName = "16-stream-two-megabytes, cancelled")]
    [DataRow(false, DisplayName = "17-response-two-megabytes, cancelled")]
    public async Task GetResponse_FromAnyThread_ReadsTheRequestOnAnotherOne(bool streams)
    {
        AloraModel model = await DemoModel.OpenAsync();
        using AloraChatClient client = new(model, new AloraChatClientOptions { LeaveOpen = true, MaxConcurrentRequests = 1 });
        using CancellationTokenSource cancellation = new();
        int reader = 0;
        ChatOptions options = new()
        {
            RawRepresentationFactory = _ =>
            {
                // Read with the rest of the request, so that it tells where and when that happens.
                reader = Environment.CurrentManagedThreadId;
                cancellation.Cancel();
                return null;
            },
        };

        // A thread of its own, on which nothing can go on once it has made the call.
        Task? task = null;
        Thread caller = new(() => task = Ask(client, [new(ChatRole.User, "Hi")], streams, cancellation.Token, options));
        caller.Start();
        caller.Join();

        await Assert.ThrowsAsync<OperationCanceledException>(() => task!);
        Assert.AreNotEqual(0, reader);
        Assert.AreNotEqual(caller.ManagedThreadId, reader);
    }

    [TestMethod]
    public void Encode_CancelledBetweenPieces_Ends()
    {
        using CancellationTokenSource cancellation = new();
        cancellation.Cancel();

        Assert.ThrowsExactly<OperationCanceledException>(
            () => HfTokenizer.Load(DemoModel.Checkpoint).Encode("hello there", cancellation.Token));
    }

    private static async Task Ask(
        AloraChatClient client, ChatMessage[] messages, bool streams, CancellationToken cancellationToken, ChatOptions? options = null)
    {
        if (!streams)
        {
            await client.GetResponseAsync(messages, options, cancellationToken);
            return;
        }

        await foreach (ChatResponseUpdate _ in client.GetStreamingResponseAsync(messages, options, cancellationToken))
        {
        }
    }
}
