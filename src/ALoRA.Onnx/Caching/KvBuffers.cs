using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Caching;

/// <summary>
/// The tensors of a KV cache at one capacity, <c>[1, kv_heads, capacity, head_dim]</c> for keys and values of each layer. Not thread-safe.
/// </summary>
internal sealed class KvBuffers : IDisposable
{
    private readonly MemoryTensor?[] _tensors;
    private readonly SharedPages.View? _view;

    /// <summary>
    /// Allocates all tensors; on a device they hold zeros, for captured runs multiply all rows that fit, those behind the last one with 0,
    /// and what somebody left there may be no number.
    /// </summary>
    /// <exception cref="InsufficientMemoryException">The memory is not available; nothing is held.</exception>
    public KvBuffers(KvLayout layout, TensorMemory memory, int capacity)
    {
        Capacity = capacity;
        _tensors = new MemoryTensor?[2 * layout.Layers];
        try
        {
            for (int i = 0; i < _tensors.Length; i++)
            {
                _tensors[i] = memory.Allocate(layout.Type, 1, layout.Heads, capacity, layout.HeadDim);
            }

            if (!memory.IsHost)
            {
                memory.Clear(_tensors!);
            }
        }
        catch (InsufficientMemoryException exception)
        {
            Dispose();
            throw new InsufficientMemoryException(
                $"A KV cache of {capacity} tokens needs {capacity * layout.BytesPerToken:N0} bytes, which are not available. Use a shorter "
                + $"context ({nameof(AloraModelOptions)}.{nameof(AloraModelOptions.MaxContextLength)}) or fewer conversations at a time.",
                exception);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Lays all tensors over memory whose first rows are shared, which is disposed with them.</summary>
    /// <param name="layout">What a cache looks like.</param>
    /// <param name="shared">The rows.</param>
    /// <param name="view">The memory.</param>
    /// <param name="capacity">Rows that fit.</param>
    /// <param name="bytesOfTensor">Distance of two tensors.</param>
    public KvBuffers(KvLayout layout, SharedRows shared, SharedPages.View view, int capacity, long bytesOfTensor)
    {
        Shared = shared;
        Capacity = capacity;
        _view = view;
        _tensors = new MemoryTensor?[2 * layout.Layers];
        for (int i = 0; i < _tensors.Length; i++)
        {
            nint address = (nint)(view.Address + (i * bytesOfTensor));
            _tensors[i] = new PlacedTensor(address, layout.Type, 1, layout.Heads, capacity, layout.HeadDim);
        }
    }

    /// <summary>Takes over tensors over memory of someone else: keys and values of each layer by turns.</summary>
    public KvBuffers(MemoryTensor[] tensors, int capacity)
    {
        Capacity = capacity;
        _tensors = tensors;
    }

    /// <summary>The rows that these buffers began with and have in common with others; null if they are memory of their own.</summary>
    public SharedRows? Shared { get; }

    /// <summary>Rows that fit.</summary>
    public int Capacity { get; }

    /// <summary>What was made for these very addresses and is disposed with them; null for nothing.</summary>
    public IDisposable? Companion { get; set; }

    /// <summary>Keys of a layer, owned by this object.</summary>
    public MemoryTensor Keys(int layer) => _tensors[2 * layer]!;

    /// <summary>Values of a layer, owned by this object.</summary>
    public MemoryTensor Values(int layer) => _tensors[(2 * layer) + 1]!;

    /// <summary>Frees a layer whose rows are not needed any more, before all others.</summary>
    public void Release(int layer)
    {
        Release(ref _tensors[2 * layer]);
        Release(ref _tensors[(2 * layer) + 1]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Companion?.Dispose();
        Companion = null;
        for (int i = 0; i < _tensors.Length; i++)
        {
            Release(ref _tensors[i]);
        }

        _view?.Dispose();
    }

    private static void Release(ref MemoryTensor? tensor)
    {
        tensor?.Dispose();
        tensor = null;
    }
}
