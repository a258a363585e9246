using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Serving.Slots;

/// <summary>
/// Slots of one capacity: for keys and for values of each layer one tensor <c>[slots, kv_heads, capacity, head_dim]</c>, so that the first
/// of them can be bound as a batch. Not thread-safe.
/// </summary>
internal sealed class SlotClass : IDisposable
{
    private readonly KvLayout _layout;
    private readonly TensorMemory _memory;
    private readonly MemoryTensor[] _tensors;

    /// <summary>Slots that lie in memory of a whole arena.</summary>
    /// <param name="layout">What a cache looks like.</param>
    /// <param name="memory">Where slots live.</param>
    /// <param name="slots">How many.</param>
    /// <param name="capacity">Rows of each.</param>
    /// <param name="whole">Keys and values of each layer by turns; not owned.</param>
    /// <param name="first">First element of the class there.</param>
    public SlotClass(KvLayout layout, TensorMemory memory, int slots, int capacity, IReadOnlyList<MemoryTensor> whole, long first)
    {
        _layout = layout;
        _memory = memory;
        Capacity = capacity;
        First = first;
        Buffers = new KvBuffers?[slots];
        nint bytes = (nint)(first * ElementTypes.SizeOf(layout.Type));
        _tensors =
        [
            .. whole.Select(one => memory.Place(one.Address + bytes, layout.Type, slots, layout.Heads, capacity, layout.HeadDim)),
        ];
    }

    /// <summary>Allocates all slots; on a device they hold zeros (<see cref="KvBuffers"/> says why).</summary>
    /// <exception cref="InsufficientMemoryException">The memory is not available; nothing is held.</exception>
    public SlotClass(KvLayout layout, TensorMemory memory, int slots, int capacity)
    {
        _layout = layout;
        _memory = memory;
        Capacity = capacity;
        Buffers = new KvBuffers?[slots];
        List<MemoryTensor> tensors = [];
        try
        {
            for (int i = 0; i < 2 * layout.Layers; i++)
            {
                tensors.Add(memory.Allocate(layout.Type, slots, layout.Heads, capacity, layout.HeadDim));
            }

            if (!memory.IsHost)
            {
                memory.Clear(tensors);
            }
        }
        catch
        {
            tensors.ForEach(tensor => tensor.Dispose());
            throw;
        }

        _tensors = [.. tensors];
    }

    /// <summary>First element in the memory of the whole arena.</summary>
    public long First { get; }

    /// <summary>First element of a slot in the memory of the whole arena.</summary>
    public long OffsetOf(int slot) => First + (slot * (long)_layout.Heads * Capacity * _layout.HeadDim);

    /// <summary>Rows that fit into a slot.</summary>
    public int Capacity { get; }

    /// <summary>What is rented of each slot; null for those that are free.</summary>
    public KvBuffers?[] Buffers { get; }

    /// <summary>The first free slot; -1 if there is none.</summary>
    public int FirstFree => Array.IndexOf(Buffers, null);

    /// <summary>Free slots.</summary>
    public int Free
    {
        get
        {
            int free = 0;
            foreach (KvBuffers? buffers in Buffers)
            {
                free += buffers is null ? 1 : 0;
            }

            return free;
        }
    }

    /// <summary>Rents a free slot.</summary>
    public KvBuffers Rent(int slot)
    {
        long bytes = SlotBytes;
        MemoryTensor[] views = Array.ConvertAll(_tensors, tensor => _memory.Place(
            (nint)(tensor.Address + (slot * bytes)), _layout.Type, 1, _layout.Heads, Capacity, _layout.HeadDim));
        return Buffers[slot] = new KvBuffers(views, Capacity);
    }

    /// <summary>Neighbouring slots as one batch, whose views the caller disposes.</summary>
    public KvBuffers Batch(int first, int slots) => new(
        Array.ConvertAll(_tensors, tensor => _memory.Place(
            (nint)(tensor.Address + (first * SlotBytes)), _layout.Type, slots, _layout.Heads, Capacity, _layout.HeadDim)),
        Capacity);

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_tensors, tensor => tensor.Dispose());

    private long SlotBytes => _layout.Heads * Capacity * _layout.RowBytes;
}
