using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Serving.Slots;

/// <summary>Keys and values of all sequences of an engine, in classes of slots, the smallest first. Not thread-safe.</summary>
internal sealed class SlotArena : IKvBufferSource, IDisposable
{
    private readonly List<SlotClass> _classes = [];
    private readonly List<MemoryTensor> _whole = [];
    private readonly Dictionary<KvBuffers, SlotPlace> _places = [];

    /// <summary>Allocates all slots.</summary>
    /// <param name="layout">What a cache looks like.</param>
    /// <param name="memory">Where slots live; not owned.</param>
    /// <param name="sizes">Slots and capacity of each class, the smallest capacity first.</param>
    /// <exception cref="InsufficientMemoryException">The memory is not available; nothing is held.</exception>
    public SlotArena(KvLayout layout, TensorMemory memory, IEnumerable<SlotSize> sizes)
    {
        Layout = layout;
        Memory = memory;
        try
        {
            SlotSize[] all = [.. sizes];
            if (memory.IsHost)
            {
                AllocateWhole(all);
            }

            long first = 0;
            foreach ((int slots, int capacity) in all)
            {
                _classes.Add(
                    _whole.Count > 0 ? new SlotClass(layout, memory, slots, capacity, _whole, first)
                    : new SlotClass(layout, memory, slots, capacity));
                first += (long)slots * capacity * layout.Heads * layout.HeadDim;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>
    /// Keys and values of each layer by turns, T <c>[elements]</c>, in which the slots of all classes lie alike; empty on a device, where
    /// each class has memory of its own.
    /// </summary>
    public IReadOnlyList<MemoryTensor> Whole => _whole;

    /// <inheritdoc/>
    public KvLayout Layout { get; }

    /// <inheritdoc/>
    public TensorMemory Memory { get; }

    /// <inheritdoc/>
    public bool AllowsSharedPages => false;

    /// <summary>The classes, the smallest capacity first.</summary>
    public IReadOnlyList<SlotClass> Classes => _classes;

    /// <summary>Which of the classes one is.</summary>
    public int IndexOf(SlotClass one) => _classes.IndexOf(one);

    /// <summary>Rows of all slots.</summary>
    public long Rows => _classes.Sum(one => (long)one.Capacity * one.Buffers.Length);

    /// <summary>Rows of the slots that are free.</summary>
    public long FreeRows
    {
        get
        {
            long rows = 0;
            foreach (SlotClass one in _classes)
            {
                rows += (long)one.Capacity * one.Free;
            }

            return rows;
        }
    }

    /// <summary>Rows of the largest slot that is free; 0 for none.</summary>
    public int LargestFree
    {
        get
        {
            int rows = 0;
            foreach (SlotClass one in _classes)
            {
                rows = one.FirstFree >= 0 ? one.Capacity : rows;
            }

            return rows;
        }
    }

    /// <summary>Whether there is a free slot for so many rows.</summary>
    public bool HasRoom(int rows) => ClassFor(rows) is not null;

    /// <summary>What is required: a slot has the capacity of its class anyway.</summary>
    public int CapacityFor(int current, int required) => required <= _classes[^1].Capacity
        ? required
        : throw new ArgumentOutOfRangeException(nameof(required), required, $"The longest slot holds {_classes[^1].Capacity} rows.");

    /// <summary>The free slot of the smallest class that holds the rows, of those the first.</summary>
    /// <inheritdoc cref="IKvBufferSource.Rent"/>
    public KvBuffers Rent(int capacity)
    {
        SlotClass place = ClassFor(capacity)
            ?? throw new InsufficientMemoryException($"No slot of {capacity} tokens is free. Whoever asks has to make room before.");
        return Rent(place, place.FirstFree);
    }

    /// <inheritdoc/>
    public void Return(KvBuffers buffers)
    {
        if (_places.Remove(buffers, out SlotPlace place))
        {
            place.Class.Buffers[place.Slot] = null;
        }

        buffers.Dispose();
    }

    /// <summary>Where the buffers of a cache lie; null for a cache without any.</summary>
    public SlotPlace? PlaceOf(KvCache cache) => cache.Capacity > 0 ? _places[cache.Buffers] : null;

    /// <summary>Moves a cache into a slot of its class. Whoever has that slot comes into the cache's.</summary>
    /// <param name="cache">What is moved.</param>
    /// <param name="slot">Where to.</param>
    /// <param name="other">Whose slot it is; null if it is free.</param>
    public void Move(KvCache cache, int slot, KvCache? other)
    {
        SlotPlace from = _places[cache.Buffers];
        KvBuffers old = cache.Buffers;
        if (other is null)
        {
            KvBuffers target = Rent(from.Class, slot);
            cache.CopyRows(old, target, cache.Length);
            cache.MoveTo(target);
            Return(old);
            return;
        }

        using KvBuffers aside = new(Layout, Memory, Math.Max(other.Length, 1));
        KvBuffers others = other.Buffers;
        other.CopyRows(others, aside, other.Length);
        cache.CopyRows(old, others, cache.Length);
        other.CopyRows(aside, old, other.Length);
        cache.MoveTo(others);
        other.MoveTo(old);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _classes.ForEach(one => one.Dispose());
        _whole.ForEach(one => one.Dispose());
    }

    private void AllocateWhole(SlotSize[] sizes)
    {
        long elements = sizes.Sum(one => (long)one.Slots * one.Capacity) * Layout.Heads * Layout.HeadDim;
        for (int i = 0; i < 2 * Layout.Layers; i++)
        {
            _whole.Add(Memory.Allocate(Layout.Type, elements));
        }
    }

    private KvBuffers Rent(SlotClass place, int slot)
    {
        KvBuffers buffers = place.Rent(slot);
        _places.Add(buffers, new SlotPlace(place, slot));
        return buffers;
    }

    private SlotClass? ClassFor(int rows) => _classes.Find(one => one.Capacity >= rows && one.FirstFree >= 0);
}

/// <summary>Where a cache lies.</summary>
/// <param name="Class">Its class.</param>
/// <param name="Slot">Its index there.</param>
internal readonly record struct SlotPlace(SlotClass Class, int Slot);
