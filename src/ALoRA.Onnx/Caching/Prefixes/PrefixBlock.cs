using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Caching.Prefixes;

/// <summary>
/// Some successive tokens of a prompt and their rows. A node of a tree: what it stands behind is its parent's path.
/// </summary>
internal sealed class PrefixBlock : IDisposable
{
    private readonly KvLayout _layout;
    private readonly NativeBuffer? _rows;
    private int _references = 1;

    /// <summary>The root of a tree, which has no tokens.</summary>
    public PrefixBlock(KvLayout layout, PrefixIdentity identity)
    {
        _layout = layout;
        Identity = identity;
        Tokens = [];
    }

    /// <summary>Copies rows out of a cache.</summary>
    /// <param name="tokens">Their ids.</param>
    /// <param name="cache">The cache.</param>
    /// <param name="from">The first row.</param>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public PrefixBlock(int[] tokens, KvCache cache, int from)
    {
        _layout = cache.Layout;
        Tokens = tokens;
        _rows = new NativeBuffer(Bytes);
        cache.Memory.Download([.. Enumerable.Range(0, Slices).Select(
            slice => new MemoryStretch(AddressIn(cache, slice, from), AddressOf(slice), SliceBytes))]);
    }

    public int[] Tokens { get; }

    /// <summary>What the tree holds; null for all blocks but its root.</summary>
    public PrefixIdentity? Identity { get; }

    /// <summary>What it stands behind; set when it enters the tree.</summary>
    public PrefixBlock? Parent { get; set; }

    /// <summary>The hash of all tokens to its end; set when it enters the tree.</summary>
    public ulong Hash { get; set; }

    /// <summary>What continues it.</summary>
    public List<PrefixBlock> Children { get; } = [];

    /// <summary>Its place among the recently used ones.</summary>
    public LinkedListNode<PrefixBlock>? Place { get; set; }

    /// <summary>Memory of the rows.</summary>
    public long Bytes => Tokens.Length * _layout.BytesPerToken;

    private int Slices => 2 * _layout.Layers * _layout.Heads;

    /// <summary>Copies its first rows into a cache with room for them.</summary>
    public void CopyTo(KvCache cache, int at, int skipped, int count)
    {
        long bytes = count * _layout.RowBytes;
        long offset = skipped * _layout.RowBytes;
        cache.Memory.Upload([.. Enumerable.Range(0, Slices).Select(
            slice => new MemoryStretch((nint)(AddressOf(slice) + offset), AddressIn(cache, slice, at), bytes))]);
    }

    /// <summary>Keeps the rows until one more <see cref="Dispose"/>.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>Gives up a reference; the last one frees the rows.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            _rows?.Dispose();
        }
    }

    private long SliceBytes => Tokens.Length * _layout.RowBytes;

    private nint AddressOf(int slice) => (nint)(_rows!.Address + (slice * SliceBytes));

    // Slices in the order layer, keys before values, head.
    private nint AddressIn(KvCache cache, int slice, int row)
    {
        (int tensor, int head) = Math.DivRem(slice, _layout.Heads);
        return cache.AddressOf(tensor / 2, isValue: tensor % 2 == 1, head, row);
    }
}
