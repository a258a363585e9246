using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Caching;

/// <summary>Keys and values of one sequence. Past and present are the same buffers, so that a run writes its rows in place and rewinding is bookkeeping. Not thread-safe.</summary>
internal sealed class KvCache : IDisposable
{
    private readonly MemoryTensor?[] _keys;
    private readonly MemoryTensor?[] _values;

    /// <summary>An empty cache.</summary>
    /// <param name="layout">What it looks like.</param>
    /// <param name="memory">Where its buffers live; not owned.</param>
    public KvCache(KvLayout layout, TensorMemory memory)
    {
        Layout = layout;
        Memory = memory;
        _keys = new MemoryTensor?[layout.Layers];
        _values = new MemoryTensor?[layout.Layers];
    }

    public KvLayout Layout { get; }

    /// <summary>Where the buffers live.</summary>
    public TensorMemory Memory { get; }

    /// <summary>Rows that are valid; those behind them are leftovers that the next run overwrites.</summary>
    public int Length => Provenance.Length;

    /// <summary>Rows that fit before the buffers must grow.</summary>
    public int Capacity { get; private set; }

    /// <summary>Changes whenever the buffers are replaced, which makes bindings to them stale.</summary>
    public int Version { get; private set; }

    /// <summary>Which weights wrote each row.</summary>
    public RowProvenance Provenance { get; private set; } = new();

    /// <summary>Memory of all buffers.</summary>
    public long Bytes => Capacity * Layout.BytesPerToken;

    /// <summary>Keys of a layer, <c>[1, kv_heads, capacity, head_dim]</c>, owned by the cache and valid for this <see cref="Version"/>.</summary>
    public OrtValue Key(int layer) => _keys[layer]!.Value;

    /// <summary>Values of a layer, <c>[1, kv_heads, capacity, head_dim]</c>, owned by the cache and valid for this <see cref="Version"/>.</summary>
    public OrtValue Value(int layer) => _values[layer]!.Value;

    /// <summary>Makes room for <paramref name="length"/> rows in all.</summary>
    /// <exception cref="InsufficientMemoryException">The memory is not available; the cache is as it was.</exception>
    public void Reserve(int length) => Reserve(length, Length);

    /// <summary>Makes room for <paramref name="length"/> rows in all, keeping rows that were written behind the valid ones.</summary>
    /// <param name="length">Rows that must fit.</param>
    /// <param name="kept">Rows to keep, at least <see cref="Length"/>.</param>
    /// <inheritdoc cref="Reserve(int)"/>
    public void Reserve(int length, int kept)
    {
        if (length > Capacity)
        {
            Resize(KvCapacity.Next(Capacity, length, Layout.MaxLength), kept);
        }
    }

    /// <summary>Records that a run has written rows behind the valid ones.</summary>
    public void Advance(int rows, Adapter? writer) => Provenance.Append(rows, writer);

    /// <summary>Gives up the rows from <paramref name="length"/> on.</summary>
    public void Rewind(int length) => Provenance.Truncate(length);

    /// <summary>A cache of its own with a copy of the valid rows.</summary>
    public KvCache Fork()
    {
        KvCache fork = new(Layout, Memory);
        try
        {
            fork.Reserve(Length);
            List<MemoryStretch> rows = [];
            for (int layer = 0; layer < Layout.Layers && Length > 0; layer++)
            {
                AddRows(rows, _keys[layer]!, Capacity, fork._keys[layer]!, fork.Capacity, 0, Length);
                AddRows(rows, _values[layer]!, Capacity, fork._values[layer]!, fork.Capacity, 0, Length);
            }

            Memory.Copy(rows);

            fork.Provenance = Provenance.Copy(Length);
            return fork;
        }
        catch
        {
            fork.Dispose();
            throw;
        }
    }

    /// <summary>Copies the valid rows from <paramref name="from"/> on aside, so that they can be restored after others were written over them.</summary>
    public KvRows Save(int from) => new(this, from);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (MemoryTensor? tensor in _keys.Concat(_values))
        {
            tensor?.Dispose();
        }

        Array.Clear(_keys);
        Array.Clear(_values);
        Capacity = 0;
        Provenance.Truncate(0);
        Version++;
    }

    /// <summary>The buffers of a layer: keys, then values.</summary>
    internal (MemoryTensor Keys, MemoryTensor Values) TensorsOf(int layer) => (_keys[layer]!, _values[layer]!);

    /// <summary>Copies rows of a head out of the cache.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="isValue">Values, or keys.</param>
    /// <param name="head">The head.</param>
    /// <param name="from">The first row.</param>
    /// <param name="target">Where they go, as many as it holds.</param>
    public unsafe void ReadRows(int layer, bool isValue, int head, int from, Span<byte> target)
    {
        fixed (byte* to = target)
        {
            Memory.Download([new MemoryStretch(AddressOf(layer, isValue, head, from), (nint)to, target.Length)]);
        }
    }

    /// <summary>Copies rows of a head into the cache, which has room for them.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="isValue">Values, or keys.</param>
    /// <param name="head">The head.</param>
    /// <param name="at">The first row.</param>
    /// <param name="source">The rows.</param>
    public unsafe void WriteRows(int layer, bool isValue, int head, int at, ReadOnlySpan<byte> source)
    {
        fixed (byte* from = source)
        {
            Memory.Upload([new MemoryStretch((nint)from, AddressOf(layer, isValue, head, at), source.Length)]);
        }
    }

    private nint AddressOf(int layer, bool isValue, int head, int row) =>
        (nint)((isValue ? _values : _keys)[layer]!.Address + ((((long)head * Capacity) + row) * Layout.RowBytes));

    /// <summary>Puts rows and their provenance back.</summary>
    internal void Restore(RowProvenance provenance) => Provenance = provenance;

    /// <summary>Adds what must be copied to bring rows of every head into a buffer of another capacity.</summary>
    internal void AddRows(List<MemoryStretch> stretches, MemoryTensor source, int sourceCapacity, MemoryTensor target, int targetCapacity, int sourceRow, int rows, int targetRow = 0)
    {
        for (int head = 0; head < Layout.Heads; head++)
        {
            long from = (((long)head * sourceCapacity) + sourceRow) * Layout.RowBytes;
            long to = (((long)head * targetCapacity) + targetRow) * Layout.RowBytes;
            stretches.Add(new MemoryStretch((nint)(source.Address + from), (nint)(target.Address + to), rows * Layout.RowBytes));
        }
    }

    /// <summary>A tensor for <paramref name="capacity"/> rows.</summary>
    internal MemoryTensor Allocate(int capacity)
    {
        try
        {
            return Memory.Allocate(Layout.Type, 1, Layout.Heads, capacity, Layout.HeadDim);
        }
        catch (InsufficientMemoryException exception)
        {
            throw new InsufficientMemoryException(
                $"A KV cache of {capacity} tokens needs {capacity * Layout.BytesPerToken:N0} bytes, which are not available. Use a shorter context ({nameof(AloraModelOptions)}.{nameof(AloraModelOptions.MaxContextLength)}) or fewer conversations at a time.",
                exception);
        }
    }

    private void Resize(int capacity, int kept)
    {
        // All new buffers first: a failure must leave the cache as it was. Pages are only touched by the copy below, so that the peak stays near old + new of one tensor.
        MemoryTensor?[] tensors = new MemoryTensor?[2 * Layout.Layers];
        try
        {
            for (int i = 0; i < tensors.Length; i++)
            {
                tensors[i] = Allocate(capacity);
            }
        }
        catch
        {
            Array.ForEach(tensors, tensor => tensor?.Dispose());
            throw;
        }

        for (int layer = 0; layer < Layout.Layers; layer++)
        {
            Replace(ref _keys[layer], tensors[2 * layer]!, capacity, kept);
            Replace(ref _values[layer], tensors[(2 * layer) + 1]!, capacity, kept);
        }

        Capacity = capacity;
        Version++;
    }

    private void Replace(ref MemoryTensor? slot, MemoryTensor grown, int capacity, int kept)
    {
        if (slot is not null)
        {
            List<MemoryStretch> rows = [];
            AddRows(rows, slot, Capacity, grown, capacity, 0, kept);
            Memory.Copy(rows);
            slot.Dispose();
        }

        slot = grown;
    }
}
