using ALoRA.Onnx.Extensions.AI.Conversations;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Extensions.AI.Tests.Conversations;

[TestClass]
public sealed class RequestGateTests
{
    [TestMethod]
    public async Task Enter_QueueIsFull_NamesTheLimit()
    {
        using RequestGate gate = new(new AloraChatClientOptions { MaxConcurrentRequests = 1, MaxQueuedRequests = 1 }, this);
        IDisposable first = await gate.EnterAsync(CancellationToken.None);
        Task<IDisposable> second = gate.EnterAsync(CancellationToken.None);

        AloraBusyException exception = await Assert.ThrowsExactlyAsync<AloraBusyException>(() => gate.EnterAsync(CancellationToken.None));

        Assert.AreEqual((1, null), (exception.MaxQueuedRequests, exception.MaxQueueTime));
        Assert.Contains("MaxQueuedRequests", exception.Message);
        Assert.IsFalse(second.IsCompleted);
        first.Dispose();
        (await second).Dispose();
        (await gate.EnterAsync(CancellationToken.None)).Dispose();
    }

    [TestMethod]
    public async Task Enter_WaitedTooLong_NamesTheLimitAndLeavesTheQueue()
    {
        ManualClock clock = new();
        AloraChatClientOptions options = new()
        {
            MaxConcurrentRequests = 1,
            MaxQueuedRequests = 1,
            MaxQueueTime = TimeSpan.FromSeconds(3),
            TimeProvider = clock,
        };
        using RequestGate gate = new(options, this);
        IDisposable first = await gate.EnterAsync(CancellationToken.None);
        for (int i = 0; i < 2; i++)
        {
            Task<IDisposable> waiting = gate.EnterAsync(CancellationToken.None);
            Assert.IsFalse(waiting.IsCompleted);
            Assert.AreEqual(TimeSpan.FromSeconds(3), clock.Due);

            clock.Fire();

            AloraBusyException exception = await Assert.ThrowsExactlyAsync<AloraBusyException>(() => waiting);
            Assert.AreEqual((null, TimeSpan.FromSeconds(3)), (exception.MaxQueuedRequests, exception.MaxQueueTime));
        }

        first.Dispose();
        first.Dispose();
        using IDisposable next = await gate.EnterAsync(CancellationToken.None);
        Assert.IsFalse(gate.EnterAsync(CancellationToken.None).IsCompleted);
    }

    [TestMethod]
    public async Task Enter_Cancelled_ThrowsForTheCallersToken()
    {
        using RequestGate gate = new(
            new AloraChatClientOptions { MaxConcurrentRequests = 1, MaxQueueTime = Timeout.InfiniteTimeSpan }, this);
        using IDisposable first = await gate.EnterAsync(CancellationToken.None);
        using CancellationTokenSource cancellation = new();
        Task<IDisposable> waiting = gate.EnterAsync(cancellation.Token);

        await cancellation.CancelAsync();

        OperationCanceledException exception = await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
        Assert.AreEqual(cancellation.Token, exception.CancellationToken);
    }

    [TestMethod]
    public async Task Dispose_WhileOneIsInAndOneWaits_EndsTheWaitAndLetsTheOtherLeave()
    {
        RequestGate gate = new(new AloraChatClientOptions { MaxConcurrentRequests = 1 }, this);
        IDisposable first = await gate.EnterAsync(CancellationToken.None);
        Task<IDisposable> waiting = gate.EnterAsync(CancellationToken.None);

        gate.Dispose();

        ObjectDisposedException exception = await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => waiting);
        Assert.Contains(nameof(RequestGateTests), exception.ObjectName);
        Assert.IsFalse(gate.Left.IsCompleted);
        first.Dispose();
        first.Dispose();
        Assert.IsTrue(gate.Left.IsCompletedSuccessfully);
        await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => gate.EnterAsync(CancellationToken.None));
    }

    [TestMethod]
    public async Task Dispose_NobodyIsIn_IsLeft()
    {
        RequestGate gate = new(new AloraChatClientOptions(), this);
        (await gate.EnterAsync(CancellationToken.None)).Dispose();
        Assert.IsFalse(gate.Left.IsCompleted);
        gate.Dispose();
        gate.Dispose();
        Assert.IsTrue(gate.Left.IsCompletedSuccessfully);
    }

    [TestMethod]
    public async Task GetResponse_QueueIsFull_IsRefusedBeforeItIsRead()
    {
        using AloraChatClient client = await Demo.ClientAsync(
            new AloraChatClientOptions { MaxConcurrentRequests = 1, MaxQueuedRequests = 0 });
        await using IAsyncEnumerator<ChatResponseUpdate> first = client.GetStreamingResponseAsync(Demo.Question).GetAsyncEnumerator();
        Assert.IsTrue(await first.MoveNextAsync());
        bool isRead = false;
        ChatOptions options = new()
        {
            RawRepresentationFactory = _ =>
            {
                isRead = true;
                return null;
            },
        };

        await Assert.ThrowsExactlyAsync<AloraBusyException>(() => client.GetResponseAsync(Demo.Question, options));

        Assert.IsFalse(isRead);
        await first.DisposeAsync();
        Assert.AreEqual(Demo.Answer, (await client.GetResponseAsync(Demo.Question, options)).Text);
        Assert.IsTrue(isRead);
    }

    /// <summary>A clock whose only timer rings when it is told to.</summary>
    private sealed class ManualClock : TimeProvider
    {
        private TimerCallback? _callback;
        private object? _state;

        public TimeSpan Due { get; private set; }

        public void Fire() => _callback!(_state);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (_callback, _state, Due) = (callback, state, dueTime);
            return new NoTimer();
        }

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
