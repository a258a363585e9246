using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Caching;

/// <summary>
/// Where caches get their buffers. On a device, buffers that are given back wait for the next cache: allocating there stops everything that
/// runs, and runs that were captured over their addresses can be used again. In the process's memory they are freed at once. Thread-safe.
/// </summary>
/// <param name="layout">What a cache looks like.</param>
/// <param name="memory">Where buffers live; not owned.</param>
internal sealed class KvBufferPool(KvLayout layout, TensorMemory memory) : IKvBufferSource, IDisposable
{
    private const int MostFree = 4;

    private readonly Lock _gate = new();
    private readonly List<KvBuffers> _free = [];
    private bool _disposed;

    /// <inheritdoc/>
    public KvLayout Layout => layout;

    /// <inheritdoc/>
    public TensorMemory Memory => memory;

    /// <inheritdoc/>
    public bool AllowsSharedPages => memory.IsHost;

    /// <inheritdoc/>
    public int CapacityFor(int current, int required) => KvCapacity.Next(current, required, layout.MaxLength);

    /// <summary>
    /// Buffers for at least <paramref name="capacity"/> rows, at most twice as many; given back with <see cref="Return"/>.
    /// </summary>
    /// <exception cref="InsufficientMemoryException">The memory is not available, also without the buffers that wait.</exception>
    public KvBuffers Rent(int capacity)
    {
        if (Take(capacity) is KvBuffers waiting)
        {
            return waiting;
        }

        try
        {
            return new KvBuffers(layout, memory, capacity);
        }
        catch (InsufficientMemoryException) when (FreeAll())
        {
            return new KvBuffers(layout, memory, capacity);
        }
    }

    /// <summary>Takes buffers back, which the caller may not use any more.</summary>
    public void Return(KvBuffers buffers)
    {
        KvBuffers surplus = buffers;
        lock (_gate)
        {
            if (!_disposed && !memory.IsHost)
            {
                _free.Add(buffers);
                if (_free.Count <= MostFree)
                {
                    return;
                }

                surplus = _free[0];
                _free.RemoveAt(0);
            }
        }

        surplus.Dispose();
    }

    /// <summary>Frees what waits. Buffers that are given back later are freed then.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        FreeAll();
    }

    private KvBuffers? Take(int capacity)
    {
        lock (_gate)
        {
            KvBuffers? best = _free.Where(buffers => buffers.Capacity >= capacity && buffers.Capacity <= 2 * capacity)
                .MinBy(buffers => buffers.Capacity);
            if (best is not null)
            {
                _free.Remove(best);
            }

            return best;
        }
    }

    private bool FreeAll()
    {
        KvBuffers[] freed;
        lock (_gate)
        {
            freed = [.. _free];
            _free.Clear();
        }

        Array.ForEach(freed, buffers => buffers.Dispose());
        return freed.Length > 0;
    }
}
