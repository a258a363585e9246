using System.Runtime.InteropServices;
using ALoRA.Onnx.Caching.Prefixes;

namespace ALoRA.Onnx.Caching;

/// <summary>
/// Rows of prompts that were computed before, shared by the conversations of a model: for each <see cref="PrefixIdentity"/> a tree of
/// blocks of tokens, so that prompts that begin alike share the memory of their beginning. What was not used for longest is given up when
/// the budget, which is one for all, is reached. Thread-safe; rows are copied outside of the lock.
/// </summary>
/// <remarks>
/// How many tokens match is seen from outside, by their number and by the time. Who may find single tokens could therefore guess a text of
/// someone else's token by token; whole blocks have to be guessed as a whole. So single tokens match within a named scope only.
/// </remarks>
internal sealed class PrefixCache : IDisposable
{
    /// <summary>Tokens of a block. Small blocks share more, large ones cost less to find and copy.</summary>
    public const int BlockSize = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<(PrefixBlock Parent, ulong Hash), PrefixBlock> _full = [];
    private readonly Dictionary<PrefixIdentity, PrefixBlock> _roots = [];
    private readonly LinkedList<PrefixBlock> _recent = [];
    private readonly KvLayout _layout;
    private readonly long _budget;
    private readonly bool _sharesAcrossScopes;
    private bool _closed;

    /// <summary>Prepares an empty cache.</summary>
    /// <param name="layout">Layout of the rows.</param>
    /// <param name="budget">Most memory of all rows together, in bytes.</param>
    /// <param name="sharesAcrossScopes">Whether whole blocks of other scopes are found, too.</param>
    public PrefixCache(KvLayout layout, long budget, bool sharesAcrossScopes = false)
    {
        _layout = layout;
        _budget = budget;
        _sharesAcrossScopes = sharesAcrossScopes;
    }

    /// <summary>Whether whole blocks of other scopes are found, too.</summary>
    public bool SharesAcrossScopes => _sharesAcrossScopes;

    /// <summary>Memory of all rows, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Identities of which there are rows.</summary>
    public int Trees
    {
        get
        {
            lock (_gate)
            {
                return _roots.Count;
            }
        }
    }

    /// <summary>Finds the longest beginning of a prompt whose rows are known.</summary>
    /// <param name="identity">Among which rows.</param>
    /// <param name="tokens">Ids of the prompt.</param>
    /// <returns>The match, which the caller disposes; its length may be 0.</returns>
    public PrefixMatch Find(PrefixIdentity identity, ReadOnlySpan<int> tokens)
    {
        lock (_gate)
        {
            List<PrefixBlock> path = [];
            int length = 0;
            if (_roots.TryGetValue(identity, out PrefixBlock? root))
            {
                path = Walk(root, tokens, out length);
                length += identity.Scope is null ? 0 : AddPartial(path, root, tokens[length..]);
            }

            foreach (PrefixBlock other in _roots.Values)
            {
                if (_sharesAcrossScopes
                    && !ReferenceEquals(other, root)
                    && other.Identity!.Namespace == identity.Namespace
                    && Walk(other, tokens, out int whole) is { } found
                    && whole > length)
                {
                    (path, length) = (found, whole);
                }
            }

            Touch(path);
            path.ForEach(block => block.AddReference());
            return new PrefixMatch(path, length);
        }
    }

    /// <summary>Keeps the first rows of a cache, as far as they are not known yet and budget and memory allow.</summary>
    /// <param name="identity">Who computed them, and for whom.</param>
    /// <param name="tokens">Their ids.</param>
    /// <param name="cache">The cache, which nobody changes meanwhile.</param>
    public void Add(PrefixIdentity identity, ReadOnlySpan<int> tokens, KvCache cache)
    {
        int known = 0;
        lock (_gate)
        {
            if (_roots.TryGetValue(identity, out PrefixBlock? tree))
            {
                Touch(Walk(tree, tokens, out known));
            }
        }

        List<PrefixBlock> added = [];
        long bytes = 0;
        for (int from = known; from < tokens.Length; from += BlockSize)
        {
            int[] block = tokens.Slice(from, Math.Min(BlockSize, tokens.Length - from)).ToArray();
            bytes += block.Length * cache.Layout.BytesPerToken;
            if (bytes > _budget)
            {
                break;
            }

            try
            {
                added.Add(new PrefixBlock(block, cache, from));
            }
            catch (InsufficientMemoryException)
            {
                // The prompt is computed; only finding it again is lost.
                break;
            }
        }

        lock (_gate)
        {
            // Others may have added or given up blocks meanwhile.
            PrefixBlock root = _roots.TryGetValue(identity, out PrefixBlock? tree) ? tree : new PrefixBlock(_layout, identity);
            List<PrefixBlock> path = Walk(root, tokens, out int length);
            foreach (PrefixBlock block in added)
            {
                int start = known;
                known += block.Tokens.Length;
                if (start == length && !_closed && Insert(root, path, block))
                {
                    length = known;
                }
                else
                {
                    block.Dispose();
                }
            }

            // A tree that has become empty on the way was given up.
            if (root.Children.Count > 0)
            {
                _roots[identity] = root;
            }

            Touch(path);
            while (Bytes > _budget)
            {
                Remove(_recent.Last!.Value);
            }
        }
    }

    /// <summary>Gives up all rows; those that are just being copied are freed afterwards.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            while (_recent.Last is { } last)
            {
                Remove(last.Value);
            }
        }
    }

    // The full blocks that the tokens begin with. A hash finds a block; the tokens decide.
    private List<PrefixBlock> Walk(PrefixBlock root, ReadOnlySpan<int> tokens, out int length)
    {
        List<PrefixBlock> path = [];
        PrefixBlock parent = root;
        length = 0;
        while (tokens.Length - length >= BlockSize)
        {
            ReadOnlySpan<int> block = tokens.Slice(length, BlockSize);
            if (!_full.TryGetValue((parent, HashOf(parent.Hash, block)), out PrefixBlock? found) || !block.SequenceEqual(found.Tokens))
            {
                break;
            }

            path.Add(found);
            parent = found;
            length += BlockSize;
        }

        return path;
    }

    // The block behind a path of which most tokens match, if any does.
    private static int AddPartial(List<PrefixBlock> path, PrefixBlock root, ReadOnlySpan<int> tokens)
    {
        PrefixBlock? partial = null;
        int common = 0;
        foreach (PrefixBlock child in (path.Count == 0 ? root : path[^1]).Children)
        {
            int matching = child.Tokens.AsSpan().CommonPrefixLength(tokens);
            if (matching > common)
            {
                (partial, common) = (child, matching);
            }
        }

        if (partial is not null)
        {
            path.Add(partial);
        }

        return common;
    }

    // Behind a block that is not full nothing can stand; one that says no more than another is not kept.
    private bool Insert(PrefixBlock root, List<PrefixBlock> path, PrefixBlock block)
    {
        PrefixBlock parent = path.Count == 0 ? root : path[^1];
        foreach (PrefixBlock child in parent.Children.ToArray())
        {
            int common = child.Tokens.AsSpan().CommonPrefixLength(block.Tokens);
            if (common == block.Tokens.Length)
            {
                return false;
            }

            if (common == child.Tokens.Length)
            {
                Remove(child);
            }
        }

        block.Parent = parent;
        block.Hash = HashOf(parent.Hash, block.Tokens);
        if (block.Tokens.Length == BlockSize && !_full.TryAdd((parent, block.Hash), block))
        {
            return false;
        }

        parent.Children.Add(block);
        block.Place = _recent.AddFirst(block);
        Bytes += block.Bytes;
        path.Add(block);
        return true;
    }

    // From the end to the beginning: a block is always more recent than what continues it,
    // so that the least recent one is never needed by another.
    private void Touch(List<PrefixBlock> path)
    {
        for (int i = path.Count - 1; i >= 0; i--)
        {
            _recent.Remove(path[i].Place!);
            _recent.AddFirst(path[i].Place!);
        }
    }

    private void Remove(PrefixBlock block)
    {
        block.Parent!.Children.Remove(block);
        if (block.Tokens.Length == BlockSize)
        {
            _full.Remove((block.Parent, block.Hash));
        }

        if (block.Parent is { Identity: PrefixIdentity identity, Children.Count: 0 })
        {
            _roots.Remove(identity);
        }

        _recent.Remove(block.Place!);
        Bytes -= block.Bytes;
        block.Dispose();
    }

    // FNV-1a over bytes, which is quick enough for some thousand ids; equal hashes are compared id by id.
    private static ulong HashOf(ulong parent, ReadOnlySpan<int> tokens)
    {
        ulong hash = parent ^ 0xCBF2_9CE4_8422_2325;
        foreach (byte value in MemoryMarshal.AsBytes(tokens))
        {
            hash = (hash ^ value) * 0x100_0000_01B3;
        }

        return hash;
    }
}
