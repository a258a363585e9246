using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Tokenization.AddedTokens;

/// <summary>Aho-Corasick over UTF-16 units with leftmost-longest matches. Immutable after construction, thread-safe.</summary>
internal sealed class TokenAutomaton
{
    private readonly Dictionary<(int Node, char Unit), int> _children = [];
    private readonly List<Node> _nodes = [new Node { Token = -1, Output = -1 }];
    private readonly SearchValues<char> _firstUnits;

    public TokenAutomaton(IEnumerable<(string Text, int Id)> tokens)
    {
        foreach ((string text, int id) in tokens)
        {
            if (text.Length > 0)
            {
                Add(text, id);
            }
        }

        LinkFailures();
        _firstUnits = SearchValues.Create([.. _children.Keys.Where(key => key.Node == 0).Select(key => key.Unit)]);
    }

    /// <summary>Finds the first match at or behind <paramref name="from"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryFind(ReadOnlySpan<char> text, int from, out int id, out int start, out int end)
    {
        (id, start, end) = (-1, -1, -1);
        int node = 0;
        for (int i = from; i < text.Length; i++)
        {
            if (node == 0)
            {
                int skipped = id >= 0 ? -1 : text[i..].IndexOfAny(_firstUnits);
                if (skipped < 0)
                {
                    break;
                }

                i += skipped;
            }

            node = Step(node, text[i]);
            int nodeStart = i + 1 - _nodes[node].Depth;

            // A later start can no longer win.
            if (id >= 0 && nodeStart > start)
            {
                break;
            }

            int output = _nodes[node].Token >= 0 ? node : _nodes[node].Output;
            if (output >= 0)
            {
                int outputStart = i + 1 - _nodes[output].Depth;
                if (id < 0 || outputStart <= start)
                {
                    (id, start, end) = (_nodes[output].Token, outputStart, i + 1);
                }
            }
        }

        return id >= 0;
    }

    private int Step(int node, char unit)
    {
        while (true)
        {
            if (_children.TryGetValue((node, unit), out int child))
            {
                return child;
            }

            if (node == 0)
            {
                return 0;
            }

            node = _nodes[node].Failure;
        }
    }

    private void Add(string text, int id)
    {
        int node = 0;
        foreach (char unit in text)
        {
            ref int child = ref CollectionsMarshal.GetValueRefOrAddDefault(_children, (node, unit), out bool exists);
            if (!exists)
            {
                child = _nodes.Count;
                _nodes.Add(new Node { Token = -1, Output = -1, Depth = _nodes[node].Depth + 1, Parent = node, Unit = unit });
            }

            node = child;
        }

        // The first of several tokens with one text holds.
        if (_nodes[node].Token < 0)
        {
            _nodes[node] = _nodes[node] with { Token = id };
        }
    }

    private void LinkFailures()
    {
        foreach (int node in Enumerable.Range(1, _nodes.Count - 1).OrderBy(node => _nodes[node].Depth))
        {
            Node current = _nodes[node];
            int failure = current.Parent == 0 ? 0 : Step(_nodes[current.Parent].Failure, current.Unit);
            int output = _nodes[failure].Token >= 0 ? failure : _nodes[failure].Output;
            _nodes[node] = current with { Failure = failure, Output = output };
        }
    }

    // Output: the longest proper suffix that is a token, or -1.
    private record struct Node
    {
        public int Token;
        public int Output;
        public int Failure;
        public int Parent;
        public int Depth;
        public char Unit;
    }
}
