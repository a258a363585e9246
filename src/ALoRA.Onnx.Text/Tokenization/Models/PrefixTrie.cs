namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>The tokens of a vocabulary as a tree over UTF-16 units. Immutable after construction, thread-safe.</summary>
internal sealed class PrefixTrie
{
    public const int Root = 0;
    public const int None = -1;
    private const int MaxNodes = 4 << 20;
    private readonly List<int> _firstChild = [0];
    private readonly List<int> _childCount = [0];
    private readonly List<char> _units = ['\0'];
    private readonly List<int> _tokens = [None];

    public PrefixTrie(IEnumerable<KeyValuePair<string, int>> tokens, string location)
    {
        KeyValuePair<string, int>[] sorted = [.. tokens.OrderBy(token => token.Key, StringComparer.Ordinal)];

        // Breadth first, so that the children of a node lie next to each other, in ascending order.
        Queue<(int Node, int From, int To, int Depth)> open = new();
        open.Enqueue((Root, 0, sorted.Length, 0));
        while (open.TryDequeue(out (int Node, int From, int To, int Depth) range))
        {
            int i = range.From;
            if (i < range.To && sorted[i].Key.Length == range.Depth)
            {
                _tokens[range.Node] = sorted[i++].Value;
            }

            _firstChild[range.Node] = _units.Count;
            while (i < range.To)
            {
                int end = i + 1;
                while (end < range.To && sorted[end].Key[range.Depth] == sorted[i].Key[range.Depth])
                {
                    end++;
                }

                open.Enqueue((Append(sorted[i].Key[range.Depth], location), i, end, range.Depth + 1));
                _childCount[range.Node]++;
                i = end;
            }
        }
    }

    /// <summary>The node behind a unit, or <see cref="None"/>.</summary>
    public int Step(int node, char unit)
    {
        int low = _firstChild[node];
        int high = low + _childCount[node] - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (_units[middle] == unit)
            {
                return middle;
            }

            (low, high) = _units[middle] < unit ? (middle + 1, high) : (low, middle - 1);
        }

        return None;
    }

    /// <summary>The node behind a text, or <see cref="None"/>.</summary>
    public int Walk(int node, ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length && node != None; i++)
        {
            node = Step(node, text[i]);
        }

        return node;
    }

    /// <summary>The id of the token that ends at a node, or <see cref="None"/>.</summary>
    public int TokenAt(int node) => _tokens[node];

    private int Append(char unit, string location)
    {
        if (_units.Count == MaxNodes)
        {
            throw new ModelFormatException(
                $"{location}: expected tokens of ordinary length, got a vocabulary with more than {MaxNodes} different beginnings. "
                + "Use the tokenizer.json that belongs to the model.");
        }

        _units.Add(unit);
        _firstChild.Add(0);
        _childCount.Add(0);
        _tokens.Add(None);
        return _units.Count - 1;
    }
}
