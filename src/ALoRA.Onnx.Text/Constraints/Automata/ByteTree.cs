namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>ASCII texts as a tree over their bytes. A node has a greater number than the one above it; 0 is the root. Immutable.</summary>
internal sealed class ByteTree
{
    private readonly List<(byte Value, int Child, int Sibling, bool IsEnd)> _nodes = [(0, -1, -1, false)];

    /// <param name="texts">The texts, in ordinal order.</param>
    public ByteTree(IReadOnlyList<string> texts)
    {
        // The way to the last text, whose nodes are the last children of those above.
        List<int> path = [0];
        string previous = "";
        foreach (string text in texts)
        {
            int common = previous.AsSpan().CommonPrefixLength(text);
            int before = common + 1 < path.Count ? path[common + 1] : -1;
            path.RemoveRange(common + 1, path.Count - common - 1);
            for (int depth = common; depth < text.Length; depth++)
            {
                int node = _nodes.Count;
                int above = path[depth];
                if (before >= 0)
                {
                    _nodes[before] = _nodes[before] with { Sibling = node };
                    before = -1;
                }
                else
                {
                    _nodes[above] = _nodes[above] with { Child = node };
                }

                _nodes.Add(((byte)text[depth], -1, -1, false));
                path.Add(node);
            }

            _nodes[path[^1]] = _nodes[path[^1]] with { IsEnd = true };
            previous = text;
        }
    }

    public int Count => _nodes.Count;

    public byte ByteOf(int node) => _nodes[node].Value;

    /// <summary>The child with the least byte; -1 if there is none.</summary>
    public int FirstChild(int node) => _nodes[node].Child;

    /// <summary>The sibling with the next byte; -1 if there is none.</summary>
    public int NextSibling(int node) => _nodes[node].Sibling;

    /// <summary>Whether a text ends here.</summary>
    public bool IsEnd(int node) => _nodes[node].IsEnd;
}
