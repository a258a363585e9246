using System.Runtime.InteropServices;
using ALoRA.Onnx.Constraints.Schemas;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Constraints.Patterns;

/// <summary>Makes a graph of patterns deterministic: a state is the nodes that each pattern has reached.</summary>
internal sealed class SubsetConstruction
{
    private const int MaxStates = 10_000;
    private const int MaxTransitions = 400_000;
    private const long MaxWork = 10_000_000;
    private readonly PatternGraph _graph;
    private readonly SchemaLocation _place;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<int[][]> _states = [];
    private long _work;

    public SubsetConstruction(PatternGraph graph, SchemaLocation place)
    {
        _graph = graph;
        _place = place;
        Add([.. graph.Starts.Select(start => graph.Close([start], atStart: true))]);
        int transitions = 0;
        for (int state = 0; state < _states.Count; state++)
        {
            Transitions.Add(Step(_states[state]));
            transitions += Transitions[^1].Length;
            if (transitions > MaxTransitions)
            {
                throw TooLarge();
            }
        }
    }

    public List<bool> Accepting { get; } = [];

    public List<(CodePointSet Set, int Target)[]> Transitions { get; } = [];

    // Cuts all code points where the sets of the reached nodes begin or end; between two cuts every code point leads to the same nodes.
    private (CodePointSet, int)[] Step(int[][] state)
    {
        SortedSet<int> cuts = [];
        foreach (int node in state.SelectMany(nodes => nodes))
        {
            foreach ((int first, int last) in SetOf(node).Ranges())
            {
                cuts.Add(first);
                cuts.Add(last + 1);
            }
        }

        Dictionary<int, List<(int, int)>> byTarget = [];
        Dictionary<string, int> known = new(StringComparer.Ordinal);
        int[] starts = [.. cuts];
        _work += (long)starts.Length * state.Sum(nodes => nodes.Length);
        if (_work > MaxWork)
        {
            throw TooLarge();
        }

        for (int i = 0; i + 1 < starts.Length; i++)
        {
            int[][] reading = [.. state.Select(nodes => nodes.Where(node => SetOf(node).Contains(starts[i])).ToArray())];
            if (Array.Exists(reading, nodes => nodes.Length == 0))
            {
                continue;
            }

            string key = Key(reading);
            if (!known.TryGetValue(key, out int target))
            {
                int[][] next = [.. reading.Select(
                    nodes => _graph.Close(nodes.Select(node => node == _graph.Match ? node : _graph.TargetOf(node)), atStart: false))];
                target = Array.Exists(next, nodes => nodes.Length == 0) ? -1 : Add(next);
                known.Add(key, target);
            }

            if (target >= 0)
            {
                ref List<(int, int)>? ranges = ref CollectionsMarshal.GetValueRefOrAddDefault(byTarget, target, out _);
                (ranges ??= []).Add((starts[i], starts[i + 1] - 1));
            }
        }

        return [.. byTarget.Select(entry => (CodePointSet.Union(entry.Value), entry.Key))];
    }

    // A pattern that was found reads everything.
    private CodePointSet SetOf(int node) => node == _graph.Match ? PatternSets.Scalars : _graph.SetOf(node);

    private int Add(int[][] state)
    {
        string key = Key(state);
        bool atStart = _states.Count == 0;
        if (!atStart && _ids.TryGetValue(key, out int id))
        {
            return id;
        }

        if (_states.Count >= MaxStates)
        {
            throw TooLarge();
        }

        // The start is a state of its own: nothing else may be before "^".
        if (!atStart)
        {
            _ids.Add(key, _states.Count);
        }

        _states.Add(state);
        Accepting.Add(Array.TrueForAll(state, nodes => _graph.AcceptsAtEnd(nodes, atStart)));
        return _states.Count - 1;
    }

    private JsonSchemaException TooLarge() =>
        _place.Error(
            $"the pattern needs more than {MaxStates} states or {MaxTransitions} transitions. Use smaller counts, or anchor it with '^'.");

    private static string Key(int[][] state) => string.Join(';', state.Select(nodes => string.Join(',', nodes)));
}
