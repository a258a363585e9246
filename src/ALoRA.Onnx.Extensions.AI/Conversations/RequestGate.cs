using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Extensions.AI.Conversations;

/// <summary>Lets so many requests work at a time, and so many wait for so long. Thread-safe.</summary>
internal sealed class RequestGate(AloraChatClientOptions options, object owner) : IDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private readonly SemaphoreSlim _places = new(options.MaxConcurrentRequests, options.MaxConcurrentRequests);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _queued;

    // Requests that are in, and one for the gate being open.
    private int _inside = 1;

    /// <summary>Done when the gate is closed and nobody is in any more.</summary>
    public Task Left => _left.Task;

    /// <summary>Waits for a place, which the caller has until it disposes it.</summary>
    /// <exception cref="AloraBusyException">Too many wait already, or the wait took too long.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed, maybe while this request waited.</exception>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_closed.IsCancellationRequested, owner);
        if (!_places.Wait(0, CancellationToken.None))
        {
            await QueueAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!TryCountIn())
        {
            _places.Release();
            ObjectDisposedException.ThrowIf(_closed.IsCancellationRequested, owner);
        }

        return new Place(this);
    }

    // The semaphore stays, for requests that are at work give their places back to it; without a wait handle it holds nothing.
    public void Dispose()
    {
        if (!_closed.IsCancellationRequested)
        {
            _closed.Cancel();
            CountOut();
        }
    }

    // Whoever had its place when the gate was closed, but was not counted yet, comes too late.
    private bool TryCountIn()
    {
        int inside = Volatile.Read(ref _inside);
        while (inside > 0)
        {
            int seen = Interlocked.CompareExchange(ref _inside, inside + 1, inside);
            if (seen == inside)
            {
                return true;
            }

            inside = seen;
        }

        return false;
    }

    private void CountOut()
    {
        if (Interlocked.Decrement(ref _inside) == 0)
        {
            _left.SetResult();
        }
    }

    private async Task QueueAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _queued) > options.MaxQueuedRequests)
            {
                throw QueueIsFull(options.MaxQueuedRequests);
            }

            using CancellationTokenSource tooLong = new(options.MaxQueueTime, options.TimeProvider);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(
                tooLong.Token, _closed.Token, cancellationToken);
            try
            {
                await _places.WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                ObjectDisposedException.ThrowIf(_closed.IsCancellationRequested, owner);
                throw WaitedTooLong(options.MaxQueueTime);
            }
            catch (OperationCanceledException exception)
            {
                throw new OperationCanceledException(exception.Message, exception, cancellationToken);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _queued);
        }
    }

    private static AloraBusyException QueueIsFull(int limit) => new(
        $"{limit} requests wait for their turn already, and no more may ({nameof(AloraChatClientOptions)}."
        + $"{nameof(AloraChatClientOptions.MaxQueuedRequests)}). Send the request again later, or raise the limit.")
    {
        MaxQueuedRequests = limit,
    };

    private static AloraBusyException WaitedTooLong(TimeSpan limit) => new(
        $"The request waited {limit} for its turn, and may not wait longer ({nameof(AloraChatClientOptions)}."
        + $"{nameof(AloraChatClientOptions.MaxQueueTime)}). Send it again later, or raise the limit.")
    {
        MaxQueueTime = limit,
    };

    private sealed class Place(RequestGate gate) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                gate._places.Release();
                gate.CountOut();
            }
        }
    }
}
