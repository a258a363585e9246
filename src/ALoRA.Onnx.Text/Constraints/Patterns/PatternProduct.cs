using System.Runtime.InteropServices;
using ALoRA.Onnx.Constraints.Schemas;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Constraints.Patterns;

/// <summary>Runs several automata at once: intersections, unions and complements, and which of them accept.</summary>
internal sealed class PatternProduct
{
    private const int MaxParts = 64;
    private const int MaxStates = 20_000;
    private const long MaxWork = 5_000_000;
    private static readonly int[] Edges = [0, 0xD800, 0xE000, CodePointSet.Limit];
    private readonly IReadOnlyList<PatternAutomaton> _parts;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<int[]> _states = [];
    private readonly Dictionary<(int Part, int State), (int First, int Last, int Target)[]> _ranges = [];

    private PatternProduct(IReadOnlyList<PatternAutomaton> parts) => _parts = parts;

    /// <summary>An automaton whose labels have a bit for each part that accepts.</summary>
    /// <param name="parts">At most 64 automata.</param>
    /// <param name="keep">Whether strings with a label are accepted.</param>
    /// <param name="place">Where to point when it would be too large.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>The automaton; null if no string is accepted.</returns>
    /// <exception cref="JsonSchemaException">It would be too large.</exception>
    public static PatternAutomaton? Combine(
        IReadOnlyList<PatternAutomaton> parts, Func<ulong, bool> keep, SchemaLocation place, CancellationToken cancellation)
    {
        // A label is one bit for each part; with more, two parts would share one, and what only one of them accepts would pass for both.
        if (parts.Count > MaxParts)
        {
            throw place.Error($"{parts.Count} patterns and formats meet in one place; at most {MaxParts} can be enforced. Use fewer.");
        }

        PatternProduct product = new(parts);
        List<bool> accepting = [];
        List<ulong> labels = [];
        List<(CodePointSet, int)[]> transitions = [];
        product.Add(new int[parts.Count]);
        long work = 0;
        bool keepsRest = keep(0);
        for (int state = 0; state < product._states.Count; state++)
        {
            cancellation.ThrowIfCancellationRequested();
            ulong label = product.LabelOf(product._states[state]);
            labels.Add(label);
            accepting.Add(keep(label));
            (CodePointSet, int)[] row = product.Step(product._states[state], keepsRest, ref work);
            transitions.Add(row);
            if (product._states.Count > MaxStates || work > MaxWork)
            {
                throw place.Error("the patterns together need too many states. Use fewer or simpler ones, or anchor them with '^'.");
            }
        }

        return PatternAutomaton.OfStates(accepting, transitions, labels);
    }

    private ulong LabelOf(int[] states)
    {
        ulong label = 0;
        for (int part = 0; part < states.Length; part++)
        {
            label |= states[part] >= 0 && _parts[part].IsAccepting(states[part]) ? 1UL << part : 0;
        }

        return label;
    }

    private (CodePointSet, int)[] Step(int[] states, bool keepsRest, ref long work)
    {
        List<int> cuts = [.. Edges];
        (int First, int Last, int Target)[][] ranges = new (int, int, int)[states.Length][];
        for (int part = 0; part < states.Length; part++)
        {
            ranges[part] = states[part] < 0 ? [] : RangesOf(part, states[part]);
            foreach ((int first, int last, int _) in ranges[part])
            {
                cuts.Add(first);
                cuts.Add(last + 1);
            }
        }

        cuts.Sort();
        work += (long)cuts.Count * states.Length;
        int[] at = new int[states.Length];
        int[] next = new int[states.Length];
        Dictionary<int, List<(int, int)>> byTarget = [];
        for (int i = 0; i + 1 < cuts.Count; i++)
        {
            int first = cuts[i];
            if (first == cuts[i + 1] || first is >= 0xD800 and < 0xE000)
            {
                continue;
            }

            bool alive = keepsRest;
            for (int part = 0; part < states.Length; part++)
            {
                while (at[part] < ranges[part].Length && ranges[part][at[part]].Last < first)
                {
                    at[part]++;
                }

                next[part] = at[part] < ranges[part].Length && ranges[part][at[part]].First <= first ? ranges[part][at[part]].Target : -1;
                alive |= next[part] >= 0;
            }

            if (alive)
            {
                ref List<(int, int)>? found = ref CollectionsMarshal.GetValueRefOrAddDefault(byTarget, Add(next), out _);
                (found ??= []).Add((first, cuts[i + 1] - 1));
            }
        }

        return [.. byTarget.Select(entry => (CodePointSet.Union(entry.Value), entry.Key))];
    }

    private (int First, int Last, int Target)[] RangesOf(int part, int state)
    {
        if (!_ranges.TryGetValue((part, state), out (int First, int Last, int Target)[]? ranges))
        {
            ranges =
            [
                .. _parts[part].TransitionsOf(state)
                    .SelectMany(next => next.Set.Ranges().Select(range => (range.First, range.Last, next.Target)))
                    .OrderBy(range => range.First),
            ];
            _ranges.Add((part, state), ranges);
        }

        return ranges;
    }

    private int Add(int[] states)
    {
        string key = string.Join(',', states);
        if (!_ids.TryGetValue(key, out int id))
        {
            id = _states.Count;
            _ids.Add(key, id);
            _states.Add([.. states]);
        }

        return id;
    }
}
