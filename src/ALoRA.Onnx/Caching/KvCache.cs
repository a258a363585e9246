using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Caching;

/// <summary>
/// Keys and values of one sequence.
/// Past and present are the same buffers, so that a run writes its rows in place and rewinding is bookkeeping. Not thread-safe.
/// </summary>
internal sealed class KvCache : IDisposable
{
    private readonly IKvBufferSource _pool;
    private KvBuffers? _buffers;

    // What this cache's forks read in common, as long as there is one, and the first rows that are here as they are there.
    private SharedRows? _shared;
    private int _common;

    // The first rows that were not written since these buffers are here.
    private int _unwritten;

    /// <summary>An empty cache.</summary>
    /// <param name="pool">Where its buffers come from; not owned.</param>
    public KvCache(IKvBufferSource pool) => _pool = pool;

    public KvLayout Layout => _pool.Layout;

    /// <summary>Where the buffers live.</summary>
    public TensorMemory Memory => _pool.Memory;

    /// <summary>The buffers, valid for this <see cref="Version"/>; only where there is room for a row.</summary>
    public KvBuffers Buffers => _buffers!;

    /// <summary>Rows that are valid; those behind them are leftovers that the next run overwrites.</summary>
    public int Length => Provenance.Length;

    /// <summary>Rows that fit before the buffers must grow.</summary>
    public int Capacity => _buffers?.Capacity ?? 0;

    /// <summary>Changes whenever the buffers are replaced, which makes bindings to them stale.</summary>
    public int Version { get; private set; }

    /// <summary>Which weights wrote each row.</summary>
    public RowProvenance Provenance { get; private set; } = new();

    /// <summary>Memory of all buffers.</summary>
    public long Bytes => Capacity * Layout.BytesPerToken;

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
            Resize(_pool.CapacityFor(Capacity, length), kept);
        }
    }

    /// <summary>Records that a run has written rows behind the valid ones.</summary>
    public void Advance(int rows, Adapter? writer) => Provenance.Append(rows, writer);

    /// <summary>Records rows of the base behind the valid ones that serve this sequence alone.</summary>
    public void AdvanceOwn(int rows) => Provenance.AppendOwn(rows);

    /// <summary>Gives up the rows from <paramref name="length"/> on.</summary>
    public void Rewind(int length)
    {
        Provenance.Truncate(length);
        _common = Math.Min(_common, length);
        _unwritten = Math.Min(_unwritten, length);
    }

    /// <summary>A cache of its own with the valid rows, which it shares with this one's other forks where that saves memory.</summary>
    /// <param name="isLasting">Whether the fork is going to stay, so that it is worth it to prepare for others.</param>
    public KvCache Fork(bool isLasting = false)
    {
        KvCache fork = new(_pool);
        try
        {
            int from = fork.TryShare(this, isLasting) ? fork._common : 0;
            fork.Reserve(Length);
            List<MemoryStretch> rows = [];
            for (int layer = 0; layer < Layout.Layers && Length > from; layer++)
            {
                AddRows(rows, Buffers.Keys(layer), Capacity, fork.Buffers.Keys(layer), fork.Capacity, from, Length - from, from);
                AddRows(rows, Buffers.Values(layer), Capacity, fork.Buffers.Values(layer), fork.Capacity, from, Length - from, from);
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

    /// <summary>Goes on with the rows of another cache behind the valid ones, and says of them who wrote them.</summary>
    /// <param name="source">A cache of the same layout and memory, of which this one has the first rows.</param>
    /// <param name="rows">How many are valid here then, at most those that are valid there.</param>
    public void TakeRows(KvCache source, int rows)
    {
        Reserve(rows);
        int from = Length;
        List<MemoryStretch> stretches = [];
        for (int layer = 0; layer < Layout.Layers && rows > from; layer++)
        {
            AddRows(stretches, source.Buffers.Keys(layer), source.Capacity, Buffers.Keys(layer), Capacity, from, rows - from, from);
            AddRows(stretches, source.Buffers.Values(layer), source.Capacity, Buffers.Values(layer), Capacity, from, rows - from, from);
        }

        Memory.Copy(stretches);
        Provenance.AppendFrom(source.Provenance, rows);
    }

    /// <summary>Goes on in other buffers, which hold its rows already. The old ones are the caller's to give back.</summary>
    public void MoveTo(KvBuffers buffers)
    {
        _buffers = buffers;
        Version++;
    }

    /// <summary>Copies the first rows of buffers into others.</summary>
    public void CopyRows(KvBuffers source, KvBuffers target, int rows)
    {
        List<MemoryStretch> stretches = [];
        for (int layer = 0; layer < Layout.Layers; layer++)
        {
            AddRows(stretches, source, target, layer, rows);
        }

        Memory.Copy(stretches);
    }

    /// <summary>
    /// Says that nothing is going to read the cache for a while: what it has in common with others need not be resident for it.
    /// </summary>
    public void Rest()
    {
        _buffers?.Shared?.ReleasePages(_buffers, _unwritten);
    }

    /// <summary>
    /// Copies the valid rows from <paramref name="from"/> on aside, so that they can be restored after others were written over them.
    /// </summary>
    public KvRows Save(int from) => new(this, from);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffers is not null)
        {
            _pool.Return(_buffers);
            _buffers = null;
        }

        _shared = null;
        Provenance.Truncate(0);
        Version++;
    }

    /// <summary>Buffers for rows that are put aside, given back with <see cref="GiveBack"/>.</summary>
    internal KvBuffers Rent(int capacity) => _pool.Rent(capacity);

    /// <summary>Gives buffers back.</summary>
    internal void GiveBack(KvBuffers buffers) => _pool.Return(buffers);

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

    /// <summary>Makes rows zero, valid or not: leftovers that are no numbers would spoil what a kernel multiplies with 0.</summary>
    /// <param name="from">The first row.</param>
    /// <param name="end">The row behind the last one, at most <see cref="Capacity"/>.</param>
    public void Clear(int from, int end)
    {
        byte[] zeros = new byte[Math.Max(end - from, 0) * Layout.RowBytes];
        for (int slice = 0; slice < 2 * Layout.Layers * Layout.Heads && zeros.Length > 0; slice++)
        {
            (int tensor, int head) = Math.DivRem(slice, Layout.Heads);
            WriteRows(tensor / 2, isValue: tensor % 2 == 1, head, from, zeros);
        }
    }

    /// <summary>Address of a row of a head, in the cache's memory; valid for this <see cref="Version"/>.</summary>
    internal nint AddressOf(int layer, bool isValue, int head, int row) =>
        (nint)((isValue ? Buffers.Values(layer) : Buffers.Keys(layer)).Address + ((((long)head * Capacity) + row) * Layout.RowBytes));

    /// <summary>Puts rows and their provenance back.</summary>
    internal void Restore(RowProvenance provenance) => Provenance = provenance;

    /// <summary>Adds what must be copied to bring rows of every head into a buffer of another capacity.</summary>
    internal void AddRows(
        List<MemoryStretch> stretches, MemoryTensor source, int sourceCapacity, MemoryTensor target, int targetCapacity, int sourceRow,
        int rows, int targetRow = 0)
    {
        for (int head = 0; head < Layout.Heads; head++)
        {
            long from = (((long)head * sourceCapacity) + sourceRow) * Layout.RowBytes;
            long to = (((long)head * targetCapacity) + targetRow) * Layout.RowBytes;
            stretches.Add(new MemoryStretch((nint)(source.Address + from), (nint)(target.Address + to), rows * Layout.RowBytes));
        }
    }

    private void AddRows(List<MemoryStretch> stretches, KvBuffers source, KvBuffers target, int layer, int rows)
    {
        AddRows(stretches, source.Keys(layer), source.Capacity, target.Keys(layer), target.Capacity, 0, rows);
        AddRows(stretches, source.Values(layer), source.Capacity, target.Values(layer), target.Capacity, 0, rows);
    }

    // The rows from _common on are still to be copied then.
    private bool TryShare(KvCache source, bool isLasting)
    {
        if (!_pool.AllowsSharedPages || !SharedRows.IsWorthwhile(Layout, source.Length))
        {
            return false;
        }

        KvBuffers? buffers = source._shared is { } known && known.Fits(source.Length, source._common) ? known.TryOpen() : null;
        if (buffers is null && isLasting && SharedRows.TryCreate(source, out buffers) is { } created)
        {
            source._shared = created;
            source._common = source.Length;
        }

        if (buffers is null)
        {
            return false;
        }

        _buffers = buffers;
        _shared = source._shared;
        _common = source._common;
        _unwritten = source._common;
        Version++;
        return true;
    }

    // All new buffers first: a failure must leave the cache as it was.
    // In the process's memory pages are only touched by the copy, so that the peak stays near old + new of one layer.
    private void Resize(int capacity, int kept)
    {
        KvBuffers grown = _pool.Rent(capacity);
        KvBuffers? old = _buffers;
        List<MemoryStretch> rows = [];
        for (int layer = 0; layer < Layout.Layers && old is not null; layer++)
        {
            AddRows(rows, old, grown, layer, kept);
            if (Memory.IsHost)
            {
                Memory.Copy(rows);
                rows.Clear();
                old.Release(layer);
            }
        }

        Memory.Copy(rows);
        _buffers = grown;
        Version++;
        if (old is not null)
        {
            _pool.Return(old);
        }
    }
}
