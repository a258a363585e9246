using ALoRA.Onnx.Constraints.Schemas;
using ALoRA.Onnx.Patterns;
using ALoRA.Onnx.Unicode;
using static ALoRA.Onnx.Patterns.PatternNode;

namespace ALoRA.Onnx.Constraints.Patterns;

/// <summary>Patterns as one nondeterministic automaton over code points (Thompson's construction), each with a start of its own.</summary>
internal sealed class PatternGraph
{
    private const int MaxNodes = 60_000;
    private readonly List<Node> _nodes = [];
    private readonly SchemaLocation _place;

    public PatternGraph(IEnumerable<PatternNode> patterns, SchemaLocation place)
    {
        _place = place;
        Match = Add(new Node(CodePointSet.Empty, -1, -1, Kind.Match));
        Starts = [.. patterns.Select(Start)];
    }

    /// <summary>The node that is reached when a pattern was found; it stays reached whatever follows.</summary>
    public int Match { get; }

    public IReadOnlyList<int> Starts { get; }

    public CodePointSet SetOf(int node) => _nodes[node].Set;

    public int TargetOf(int node) => _nodes[node].Next;

    /// <summary>
    /// The nodes that are reached from some without reading anything, and that read something or wait for the end; ascending.
    /// </summary>
    public int[] Close(IEnumerable<int> from, bool atStart)
    {
        SortedSet<int> reached = [];
        HashSet<int> seen = [];
        Stack<int> open = new(from);
        while (open.TryPop(out int id))
        {
            if (id < 0 || !seen.Add(id))
            {
                continue;
            }

            Node node = _nodes[id];
            switch (node.Kind)
            {
                case Kind.Match:
                    return [Match];
                case Kind.Set or Kind.End:
                    reached.Add(id);
                    break;
                case Kind.Start when !atStart:
                    break;
                default:
                    open.Push(node.Next);
                    open.Push(node.Other);
                    break;
            }
        }

        return [.. reached];
    }

    /// <summary>Whether the text may end when these nodes are reached.</summary>
    public bool AcceptsAtEnd(int[] reached, bool atStart)
    {
        HashSet<int> seen = [];
        Stack<int> open = new(reached.Where(id => _nodes[id].Kind is Kind.Match or Kind.End));
        while (open.TryPop(out int id))
        {
            if (id < 0 || !seen.Add(id) || _nodes[id].Kind == Kind.Set || (_nodes[id].Kind == Kind.Start && !atStart))
            {
                continue;
            }

            if (_nodes[id].Kind == Kind.Match)
            {
                return true;
            }

            open.Push(_nodes[id].Next);
            open.Push(_nodes[id].Other);
        }

        return false;
    }

    // A pattern may be found anywhere, so what stands before it is read by a loop.
    private int Start(PatternNode pattern)
    {
        int loop = Add(new Node(PatternSets.Scalars, -1, -1, Kind.Set));
        int split = Add(new Node(CodePointSet.Empty, Build(pattern, Match), loop, Kind.Split));
        _nodes[loop] = _nodes[loop] with { Next = split };
        return split;
    }

    private int Build(PatternNode pattern, int next)
    {
        switch (pattern)
        {
            case SetNode set:
                return Add(new Node(set.Set, next, -1, Kind.Set));
            case SequenceNode sequence:
                return sequence.Items.Reverse().Aggregate(next, (behind, item) => Build(item, behind));
            case AlternationNode alternation:
                return alternation.Branches.Reverse().Aggregate(
                    -1, (others, branch) => Add(new Node(CodePointSet.Empty, Build(branch, next), others, Kind.Split)));
            case AssertionNode { Kind: AssertionKind.TextStart }:
                return Add(new Node(CodePointSet.Empty, next, -1, Kind.Start));
            case AssertionNode { Kind: AssertionKind.TextEnd }:
                return Add(new Node(CodePointSet.Empty, next, -1, Kind.End));
            case RepeatNode repeat:
                return BuildRepeat(repeat, next);
            default:
                throw new InvalidOperationException($"A pattern has a {pattern.GetType().Name}, which its reader does not make.");
        }
    }

    private int BuildRepeat(RepeatNode repeat, int next)
    {
        int from = next;
        if (repeat.Max < 0)
        {
            from = Add(new Node(CodePointSet.Empty, next, -1, Kind.Split));
            _nodes[from] = _nodes[from] with { Other = Build(repeat.Body, from) };
        }

        // Each optional repetition leaves to the end at once, so that few nodes are reached at a time.
        for (int i = repeat.Min; i < repeat.Max; i++)
        {
            from = Add(new Node(CodePointSet.Empty, Build(repeat.Body, from), next, Kind.Split));
        }

        for (int i = 0; i < repeat.Min; i++)
        {
            from = Build(repeat.Body, from);
        }

        return from;
    }

    private int Add(Node node)
    {
        if (_nodes.Count >= MaxNodes)
        {
            throw _place.Error(
                $"the pattern is too large, with more than {MaxNodes} parts after its repetitions are written out. Use smaller counts.");
        }

        _nodes.Add(node);
        return _nodes.Count - 1;
    }

    private enum Kind
    {
        Set,
        Split,
        Start,
        End,
        Match,
    }

    private readonly record struct Node(CodePointSet Set, int Next, int Other, Kind Kind);
}
