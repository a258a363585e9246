using System.Runtime.InteropServices;
using ALoRA.Onnx.Constraints.Patterns;
using ALoRA.Onnx.Patterns;
using ALoRA.Onnx.Unicode;
using static ALoRA.Onnx.Patterns.PatternNode;

namespace ALoRA.Onnx.Constraints.Schemas.StringFormats;

/// <summary>
/// Makes an automaton of an expression for whole texts, without assertions. Unlike the construction for patterns of schemas it works on
/// classes of code points that no set tells apart, so that the automata of all formats together take milliseconds.
/// </summary>
internal sealed class FormatAutomaton
{
    private const int End = 0;
    private readonly List<(int Set, int Next, int Other)> _nodes = [(-1, -1, -1)];
    private readonly List<CodePointSet> _sets = [];
    private readonly List<int[]?> _closures = [];
    private readonly Dictionary<int[], int> _ids = new(SameNumbers.Instance);
    private readonly List<int[]> _states = [];

    private FormatAutomaton()
    {
    }

    public static PatternAutomaton Make(PatternNode pattern)
    {
        FormatAutomaton maker = new();
        int start = maker.Build(pattern, End);
        maker._closures.AddRange(new int[]?[maker._nodes.Count]);
        (CodePointSet[] classes, int[][] classesOf) = maker.Classes();
        maker.Add(maker.Close(start));
        List<int[]> targets = [];
        for (int state = 0; state < maker._states.Count; state++)
        {
            targets.Add(maker.Step(maker._states[state], classes.Length, classesOf));
        }

        bool[] accepting = [.. maker._states.Select(nodes => nodes[0] == End)];
        int[] blocks = Merge(accepting, targets);
        int[] first = [.. Enumerable.Range(0, blocks.Max() + 1).Select(block => Array.IndexOf(blocks, block))];
        return PatternAutomaton.OfStates(
            [.. first.Select(state => accepting[state])],
            [.. first.Select(state => Transitions(targets[state], blocks, classes))]);
    }

    // States that allow the same from there on become one (Moore's algorithm). The start is in block 0.
    private static int[] Merge(bool[] accepting, List<int[]> targets)
    {
        int[] blocks = [.. accepting.Select(accepts => accepts ? 1 : 0)];
        for (int count = 0; ;)
        {
            Dictionary<int[], int> known = new(SameNumbers.Instance);
            int[] next = new int[blocks.Length];
            for (int state = 0; state < blocks.Length; state++)
            {
                int[] behind = [blocks[state], .. targets[state]];
                for (int i = 1; i < behind.Length; i++)
                {
                    behind[i] = behind[i] < 0 ? -1 : blocks[behind[i]];
                }

                known.TryAdd(behind, known.Count);
                next[state] = known[behind];
            }

            blocks = next;
            if (known.Count == count)
            {
                return blocks;
            }

            count = known.Count;
        }
    }

    private static (CodePointSet, int)[] Transitions(int[] targets, int[] blocks, CodePointSet[] classes) =>
    [
        .. Enumerable.Range(0, classes.Length)
            .Where(one => targets[one] >= 0)
            .GroupBy(one => blocks[targets[one]], one => classes[one])
            .Select(group => (CodePointSet.Union([.. group]), group.Key)),
    ];

    private int Build(PatternNode pattern, int next)
    {
        switch (pattern)
        {
            case SetNode set:
                int known = _sets.FindIndex(set.Set.SetEquals);
                if (known < 0)
                {
                    known = _sets.Count;
                    _sets.Add(set.Set);
                }

                return Add(known, next, -1);
            case SequenceNode sequence:
                return sequence.Items.Reverse().Aggregate(next, (behind, item) => Build(item, behind));
            case AlternationNode alternation:
                return alternation.Branches.Reverse().Aggregate(-1, (others, branch) => Add(-1, Build(branch, next), others));
            case RepeatNode repeat:
                return BuildRepeat(repeat, next);
            default:
                throw new InvalidOperationException($"A format has a {pattern.GetType().Name}, which needs more than the text so far.");
        }
    }

    private int BuildRepeat(RepeatNode repeat, int next)
    {
        int from = next;
        if (repeat.Max < 0)
        {
            from = Add(-1, next, -1);
            _nodes[from] = (-1, next, Build(repeat.Body, from));
        }

        for (int i = repeat.Min; i < repeat.Max; i++)
        {
            from = Add(-1, Build(repeat.Body, from), next);
        }

        for (int i = 0; i < repeat.Min; i++)
        {
            from = Build(repeat.Body, from);
        }

        return from;
    }

    private int Add(int set, int next, int other)
    {
        _nodes.Add((set, next, other));
        return _nodes.Count - 1;
    }

    // Code points between two neighbouring ends of sets are in the same sets; so are those of several such stretches.
    private (CodePointSet[] Classes, int[][] ClassesOf) Classes()
    {
        SortedSet<int> cuts = [.. _sets.SelectMany(set => set.Ranges()).SelectMany(range => new[] { range.First, range.Last + 1 })];
        Dictionary<int[], List<(int, int)>> stretches = new(SameNumbers.Instance);
        int first = -1;
        foreach (int cut in cuts)
        {
            int[] sets = first < 0 ? [] : [.. Enumerable.Range(0, _sets.Count).Where(set => _sets[set].Contains(first))];
            if (sets.Length > 0)
            {
                ref List<(int, int)>? found = ref CollectionsMarshal.GetValueRefOrAddDefault(stretches, sets, out _);
                (found ??= []).Add((first, cut - 1));
            }

            first = cut;
        }

        int[][] members = [.. stretches.Keys];
        return (
            [.. stretches.Values.Select(ranges => CodePointSet.Union(ranges))],
            [.. Enumerable.Range(0, _sets.Count).Select(
                set => Enumerable.Range(0, members.Length).Where(one => members[one].Contains(set)).ToArray())]);
    }

    private int[] Step(int[] state, int classes, int[][] classesOf)
    {
        SortedSet<int>?[] reached = new SortedSet<int>?[classes];
        foreach (int node in state.Where(node => node != End))
        {
            foreach (int one in classesOf[_nodes[node].Set])
            {
                (reached[one] ??= []).UnionWith(Close(_nodes[node].Next));
            }
        }

        return [.. reached.Select(nodes => nodes is null ? -1 : Add([.. nodes]))];
    }

    private int Add(int[] nodes)
    {
        ref int id = ref CollectionsMarshal.GetValueRefOrAddDefault(_ids, nodes, out bool exists);
        if (!exists)
        {
            id = _states.Count;
            _states.Add(nodes);
        }

        return id;
    }

    // The nodes that read something, and the end, that are reached from a node without reading.
    private int[] Close(int from)
    {
        if (_closures[from] is int[] known)
        {
            return known;
        }

        SortedSet<int> reached = [];
        HashSet<int> seen = [];
        Stack<int> open = new([from]);
        while (open.TryPop(out int node))
        {
            if (node >= 0 && seen.Add(node))
            {
                if (node == End || _nodes[node].Set >= 0)
                {
                    reached.Add(node);
                }
                else
                {
                    open.Push(_nodes[node].Next);
                    open.Push(_nodes[node].Other);
                }
            }
        }

        return _closures[from] = [.. reached];
    }

    private sealed class SameNumbers : IEqualityComparer<int[]>
    {
        public static SameNumbers Instance { get; } = new();

        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj)
        {
            HashCode hash = default;
            hash.AddBytes(MemoryMarshal.AsBytes(obj.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
