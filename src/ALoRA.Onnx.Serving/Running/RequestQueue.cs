using System.Collections.Concurrent;
using ALoRA.Onnx.Serving.Requests;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>Where requests wait for the engine's thread, and how many may. Thread-safe.</summary>
internal sealed class RequestQueue(EngineOptions options)
{
    private readonly ConcurrentQueue<LiveRequest> _submitted = new();
    private int _waiting;
    private int _admitted;
    private volatile bool _closed;

    /// <summary>Whether nothing was submitted that was not taken.</summary>
    public bool IsEmpty => _submitted.IsEmpty;

    /// <summary>Takes a request in.</summary>
    /// <exception cref="AloraBusyException">Too many wait already.</exception>
    public void Submit(LiveRequest request)
    {
        int free = Math.Max(options.MaxRows - Volatile.Read(ref _admitted), 0);
        if (Interlocked.Increment(ref _waiting) > options.MaxQueuedRequests + free)
        {
            Interlocked.Decrement(ref _waiting);
            throw new AloraBusyException(
                $"{options.MaxQueuedRequests} requests wait for their turn already, and no more may ({nameof(EngineOptions)}."
                + $"{nameof(EngineOptions.MaxQueuedRequests)}). Send the request again later, or raise the limit.")
            {
                MaxQueuedRequests = options.MaxQueuedRequests,
            };
        }

        _submitted.Enqueue(request);
        if (_closed)
        {
            // The thread may have looked for the last time before.
            EndAll();
        }
    }

    /// <summary>Takes the next request out.</summary>
    public bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out LiveRequest? request) => _submitted.TryDequeue(out request);

    /// <summary>Counts a request that has got its first slot.</summary>
    public void Admitted()
    {
        Interlocked.Decrement(ref _waiting);
        Interlocked.Increment(ref _admitted);
    }

    /// <summary>Counts a request that has ended.</summary>
    public void Left(LiveRequest request) => Interlocked.Decrement(ref request.Reused is null ? ref _waiting : ref _admitted);

    /// <summary>Ends what is submitted from now on.</summary>
    public void Close()
    {
        _closed = true;
        EndAll();
    }

    private void EndAll()
    {
        while (TryTake(out LiveRequest? request))
        {
            request.End(new ObjectDisposedException("AloraEngine"));
        }
    }
}
