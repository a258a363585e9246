using ALoRA.Onnx.Inference;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>
/// Chooses the next tokens of many requests, on several threads where there is enough to do. One caller at a time; allocates nothing.
/// </summary>
/// <remarks>
/// The caller takes part and waits for tokens, not for threads: one of the pool that wakes up too late finds nothing to do, or helps with
/// the next step.
/// </remarks>
internal sealed class TokenChooser(LoadedModel model, int most) : IThreadPoolWorkItem, IDisposable
{
    // Fewer are chosen before another thread has woken up.
    private const int FewestForOthers = 4;

    private readonly ManualResetEventSlim _done = new();
    private readonly LiveRequest[] _requests = new LiveRequest[most];

    // Number of the call, requests, and the next one of them, in one word: whoever takes one takes it of the call that it has seen.
    private ulong _work;
    private int _left;

    /// <summary>Chooses a token for each request and leaves in each what came of it.</summary>
    /// <param name="requests">Requests whose logits are at hand.</param>
    public void Choose(List<LiveRequest> requests)
    {
        if (requests.Count == 0)
        {
            return;
        }

        requests.CopyTo(_requests);
        _done.Reset();
        Volatile.Write(ref _left, requests.Count);
        Volatile.Write(ref _work, (((_work >> 32) + 1) << 32) | ((ulong)requests.Count << 16));
        for (int i = 1; i < Math.Min(Environment.ProcessorCount, requests.Count) && requests.Count >= FewestForOthers; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        Execute();
        _done.Wait();
    }

    /// <summary>Takes part in the work that is left.</summary>
    public void Execute()
    {
        while (true)
        {
            ulong work = Volatile.Read(ref _work);
            int next = (int)(work & 0xFFFF);
            if (next >= (int)((work >> 16) & 0xFFFF))
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _work, work + 1, work) != work)
            {
                continue;
            }

            _requests[next].Choose(model);
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _done.Set();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _done.Dispose();
}
