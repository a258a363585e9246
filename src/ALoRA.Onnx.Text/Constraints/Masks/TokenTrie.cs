namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>
/// Tokens as a tree over their bytes, laid out in the order of a walk: a node, then everything below it. Immutable, thread-safe.
/// </summary>
internal sealed class TokenTrie
{
    /// <param name="tokens">Ids and bytes; none without bytes.</param>
    public TokenTrie(IEnumerable<(int Id, byte[] Bytes)> tokens)
    {
        (int Id, byte[] Bytes)[] sorted = [.. tokens];
        Array.Sort(
            sorted,
            static (left, right) => left.Bytes.AsSpan().SequenceCompareTo(right.Bytes) is int order && order != 0
                ? order
                : left.Id.CompareTo(right.Id));
        List<byte> values = [];
        List<int> depths = [];
        List<int> starts = [];
        byte[] previous = [];
        for (int i = 0; i < sorted.Length; i++)
        {
            byte[] bytes = sorted[i].Bytes;
            for (int depth = previous.AsSpan().CommonPrefixLength(bytes); depth < bytes.Length; depth++)
            {
                values.Add(bytes[depth]);
                depths.Add(depth);
                starts.Add(i);
            }

            previous = bytes;
        }

        Tokens = [.. sorted.Select(token => token.Id)];
        Values = [.. values];
        Depths = [.. depths];
        Ends = ComputeEnds(Depths);
        MaxDepth = Depths.Length == 0 ? 0 : Depths.Max() + 1;
        TokenStarts = [.. starts, sorted.Length];
    }

    /// <summary>Byte of each node.</summary>
    public byte[] Values { get; }

    /// <summary>Bytes before each node's own.</summary>
    public int[] Depths { get; }

    /// <summary>The first node that is not below each node.</summary>
    public int[] Ends { get; }

    /// <summary>
    /// Where the tokens at each node or below begin in <see cref="Tokens"/>; those of the node itself end where the next node's begin.
    /// Has one entry more than there are nodes.
    /// </summary>
    public int[] TokenStarts { get; }

    /// <summary>Ids, ordered by bytes.</summary>
    public int[] Tokens { get; }

    /// <summary>Bytes of the longest token.</summary>
    public int MaxDepth { get; }

    /// <summary>The nodes below the one that some bytes lead to, as a range; empty if there is none.</summary>
    public (int Start, int End) Below(ReadOnlySpan<byte> bytes)
    {
        (int start, int end) = (0, Values.Length);
        foreach (byte value in bytes)
        {
            while (start < end && Values[start] != value)
            {
                start = Ends[start];
            }

            if (start >= end)
            {
                return (0, 0);
            }

            (start, end) = (start + 1, Ends[start]);
        }

        return (start, end);
    }

    private static int[] ComputeEnds(int[] depths)
    {
        int[] ends = new int[depths.Length];
        Stack<int> open = new();
        for (int node = 0; node <= depths.Length; node++)
        {
            int depth = node < depths.Length ? depths[node] : -1;
            while (open.TryPeek(out int above) && depths[above] >= depth)
            {
                ends[open.Pop()] = node;
            }

            open.Push(node);
        }

        return ends;
    }
}
