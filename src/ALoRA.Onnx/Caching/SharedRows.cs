using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Caching;

/// <summary>
/// The rows that a cache had when it was forked, which its forks read in common: the graph needs each one's rows in one piece, so that each
/// sees the same pages of the system at addresses of its own, and gets those that it writes for itself. Thread-safe.
/// </summary>
internal sealed class SharedRows
{
    // A row is written into every head, and costs a page there at least.
    private const int FewestPagesOfHead = 8;

    // What every fork would copy for itself, as part of what it shares.
    private const int LargestPartOwn = 16;

    // A fork that grows beyond its room copies all rows. Room that is not used takes addresses only.
    private const int RoomOfFork = KvCapacity.Step / 2;

    // A single fork may keep the pages that it has read; with others every one would count them again.
    private const int FewestViewsToRelease = 2;

    private readonly KvLayout _layout;
    private readonly SharedPages _pages;
    private readonly int _capacity;

    private SharedRows(KvLayout layout, SharedPages pages, int capacity)
    {
        _layout = layout;
        _pages = pages;
        _capacity = capacity;
    }

    /// <summary>Whether sharing so many rows saves memory.</summary>
    public static bool IsWorthwhile(KvLayout layout, int rows) => rows * layout.RowBytes >= FewestPagesOfHead * Environment.SystemPageSize;

    /// <summary>Copies the valid rows of a cache, and opens the first buffers over them.</summary>
    /// <param name="cache">The cache, in the process's memory.</param>
    /// <param name="first">The buffers, which the caller disposes.</param>
    /// <returns>The rows; null if the system has no memory that can be shared.</returns>
    public static SharedRows? TryCreate(KvCache cache, out KvBuffers? first)
    {
        KvLayout layout = cache.Layout;
        int wanted = Math.Min(cache.Length + RoomOfFork, layout.MaxLength);
        int capacity = KvCapacity.Next(0, wanted, layout.MaxLength);
        long tensor = BytesOfTensor(layout, capacity);
        SharedPages? pages = SharedPages.TryCreate(2 * layout.Layers * tensor, Fill);
        SharedRows? rows = pages is null ? null : new SharedRows(layout, pages, capacity);
        first = rows?.TryOpen();
        pages?.Close();
        return first is null ? null : rows;

        void Fill(nint address)
        {
            List<MemoryStretch> rows = [];
            for (int i = 0; i < 2 * layout.Layers; i++)
            {
                for (int head = 0; head < layout.Heads; head++)
                {
                    nint target = (nint)(address + (i * tensor) + ((long)head * capacity * layout.RowBytes));
                    rows.Add(new MemoryStretch(
                        cache.AddressOf(i / 2, isValue: i % 2 == 1, head, 0), target, cache.Length * layout.RowBytes));
                }
            }

            cache.Memory.Copy(rows);
        }
    }

    /// <summary>Whether a cache of which these are the first rows is better forked from them than copied anew.</summary>
    /// <param name="length">All rows of the cache.</param>
    /// <param name="common">Rows that are the same here.</param>
    public bool Fits(int length, int common) =>
        length - common <= length / LargestPartOwn && Math.Min(length + 1, _layout.MaxLength) <= _capacity;

    /// <summary>Buffers over these rows, which the caller disposes; null if the last such ones were disposed before.</summary>
    public KvBuffers? TryOpen() =>
        _pages.TryOpen() is { } view ? new KvBuffers(_layout, this, view, _capacity, BytesOfTensor(_layout, _capacity)) : null;

    /// <summary>Takes pages that buffers have only read out of those that count as the process's.</summary>
    /// <param name="buffers">Buffers over these rows.</param>
    /// <param name="rows">Rows from the first on that were not written there.</param>
    public void ReleasePages(KvBuffers buffers, int rows)
    {
        if (_pages.Views < FewestViewsToRelease)
        {
            return;
        }

        long bytes = rows * _layout.RowBytes;
        for (int layer = 0; layer < _layout.Layers; layer++)
        {
            for (int head = 0; head < _layout.Heads; head++)
            {
                long start = (long)head * _capacity * _layout.RowBytes;
                SystemMemory.Release((nint)(buffers.Keys(layer).Address + start), bytes);
                SystemMemory.Release((nint)(buffers.Values(layer).Address + start), bytes);
            }
        }
    }

    // Whole pages, so that no page belongs to two tensors.
    private static long BytesOfTensor(KvLayout layout, int capacity)
    {
        long page = Environment.SystemPageSize;
        return ((layout.Heads * capacity * layout.RowBytes) + page - 1) / page * page;
    }
}
