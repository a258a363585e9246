using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Training.Graphs;

/// <summary>
/// Keys and values of prefixes in the memory of what computes, in pages of one tensor a layer. A prefix has pages of its own that follow
/// each other, filled from their end, as prefixes end where suffixes begin. Page 0 is of zeros; the next ones are for prefixes that have
/// none, and change with each batch. Not thread-safe; the caller disposes it.
/// </summary>
internal sealed class PrefixPages : IDisposable
{
    private readonly TensorMemory _memory;
    private readonly int _heads;
    private readonly int _rowBytes;
    private readonly MemoryTensor[] _keys;
    private readonly MemoryTensor[] _values;
    private readonly int _passing;
    private readonly int _count;
    private int _next;
    private int _nextPassing = 1;

    /// <summary>Allocates the pages.</summary>
    /// <param name="memory">Where.</param>
    /// <param name="manifest">The base.</param>
    /// <param name="pageSize">Rows of a page.</param>
    /// <param name="passing">Pages for prefixes of one batch that have none of their own.</param>
    /// <param name="lasting">Pages for prefixes that stay.</param>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public PrefixPages(TensorMemory memory, ModelManifest manifest, int pageSize, int passing, int lasting)
    {
        TensorElementType type = ElementTypes.Parse(manifest.Precision.KvCache);
        _memory = memory;
        PageSize = pageSize;
        _heads = manifest.KeyValueHeads;
        _rowBytes = manifest.HeadDim * ElementTypes.SizeOf(type);
        _passing = passing;
        _next = 1 + passing;
        _count = 1 + passing + lasting;
        _keys = new MemoryTensor[manifest.LayerCount];
        _values = new MemoryTensor[manifest.LayerCount];
        try
        {
            for (int layer = 0; layer < _keys.Length; layer++)
            {
                _keys[layer] = memory.Allocate(type, (long)_count * _heads, pageSize, manifest.HeadDim);
                _values[layer] = memory.Allocate(type, (long)_count * _heads, pageSize, manifest.HeadDim);
            }

            // What is masked must be numbers.
            memory.Clear([.. _keys, .. _values]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Rows of a page.</summary>
    public int PageSize { get; }

    /// <summary>Bytes of all pages.</summary>
    public long Bytes => _keys.Concat(_values).Sum(tensor => tensor.Bytes);

    /// <summary>Keys of a layer, <c>[pages · heads, page size, head size]</c>.</summary>
    public MemoryTensor Keys(int layer) => _keys[layer];

    /// <summary>Values of a layer.</summary>
    public MemoryTensor Values(int layer) => _values[layer];

    /// <summary>Bytes of a page in all layers.</summary>
    public static long BytesOfPage(ModelManifest manifest, int pageSize) => PrefixRows.BytesPerId(manifest) * pageSize;

    /// <summary>Pages of a prefix.</summary>
    public static int PagesOf(int length, int pageSize) => (length + pageSize - 1) / pageSize;

    /// <summary>Gives a prefix pages of its own, if there are enough left.</summary>
    /// <returns>The prefix, which needs no other memory any more; null where there is no room.</returns>
    public PrefixRows? TryPlace(PrefixRows rows)
    {
        int pages = PagesOf(rows.Length, PageSize);
        if (_next + pages > _count)
        {
            return null;
        }

        Upload(rows, _next, pages);
        _next += pages;
        return PrefixRows.InPages(rows.Length, _next - pages);
    }

    /// <summary>
    /// Says in which blocks the prefixes of a batch are, <c>[B, heads, pages]</c>; those that have no pages are copied now.
    /// </summary>
    /// <param name="blocks">Zeros, which is the block of zeros.</param>
    /// <param name="rows">The sequences.</param>
    /// <param name="prefix">Rows that each of them has.</param>
    public void Fill(Span<long> blocks, IReadOnlyList<TrainingRow> rows, int prefix)
    {
        int width = prefix / PageSize;
        _nextPassing = 1;
        for (int b = 0; b < rows.Count; b++)
        {
            if (rows[b].Prefix is not { } own)
            {
                continue;
            }

            int pages = PagesOf(own.Length, PageSize);
            int first = own.Page > 0 ? own.Page : Pass(own, pages);
            for (int head = 0; head < _heads; head++)
            {
                Span<long> target = blocks.Slice(((b * _heads) + head) * width, width)[(width - pages)..];
                for (int page = 0; page < pages; page++)
                {
                    target[page] = ((long)(first + page) * _heads) + head;
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (MemoryTensor? tensor in _keys.Concat(_values))
        {
            tensor?.Dispose();
        }
    }

    private int Pass(PrefixRows rows, int pages)
    {
        if (_nextPassing + pages > 1 + _passing)
        {
            throw new InvalidOperationException(
                $"Prefixes of a batch take more than the {_passing} pages of {PageSize} rows that are there for them.");
        }

        Upload(rows, _nextPassing, pages);
        _nextPassing += pages;
        return _nextPassing - pages;
    }

    private unsafe void Upload(PrefixRows rows, int first, int pages)
    {
        byte[] block = GC.AllocateUninitializedArray<byte>(checked(pages * _heads * PageSize * _rowBytes), pinned: true);
        fixed (byte* from = block)
        {
            for (int layer = 0; layer < _keys.Length; layer++)
            {
                foreach ((byte[] source, MemoryTensor target) in new[] {
                    (rows.Keys[layer], _keys[layer]), (rows.Values[layer], _values[layer]) })
                {
                    Lay(source, rows.Length, block, pages);
                    long offset = (long)first * _heads * PageSize * _rowBytes;
                    _memory.Upload([new MemoryStretch((nint)from, (nint)(target.Address + offset), block.Length)]);
                }
            }
        }
    }

    // From [heads, length, size] to [pages, heads, page size, size], with zeros in front.
    private void Lay(ReadOnlySpan<byte> source, int length, Span<byte> target, int pages)
    {
        int empty = (pages * PageSize) - length;
        for (int page = 0; page < pages; page++)
        {
            int skipped = page == 0 ? empty : 0;
            int from = (page * PageSize) - empty + skipped;
            for (int head = 0; head < _heads; head++)
            {
                Span<byte> block = target.Slice(((page * _heads) + head) * PageSize * _rowBytes, PageSize * _rowBytes);
                block[..(skipped * _rowBytes)].Clear();
                source.Slice(((head * length) + from) * _rowBytes, (PageSize - skipped) * _rowBytes).CopyTo(block[(skipped * _rowBytes)..]);
            }
        }
    }
}
