using ALoRA.Onnx.Constraints.Schemas;
using ALoRA.Onnx.Patterns;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Constraints.Patterns;

/// <summary>
/// A deterministic automaton over code points: which strings are allowed. From every state an allowed string can be reached.
/// State 0 is the start. Immutable.
/// </summary>
internal sealed class PatternAutomaton
{
    private static readonly int AllUnescaped = CountUnescaped(PatternSets.Scalars);

    private readonly bool[] _accepting;
    private readonly ulong[] _labels;
    private readonly (CodePointSet Set, int Target)[][] _transitions;

    private PatternAutomaton(bool[] accepting, (CodePointSet, int)[][] transitions, ulong[]? labels = null)
    {
        _accepting = accepting;
        _labels = labels ?? new ulong[accepting.Length];
        _transitions = transitions;
    }

    /// <summary>All strings.</summary>
    public static PatternAutomaton Any { get; } = new([true], [[(PatternSets.Scalars, 0)]]);

    public int Count => _accepting.Length;

    public bool IsAccepting(int state) => _accepting[state];

    /// <summary>Which parts of a product accept what leads to a state; 0 for other automata.</summary>
    public ulong LabelOf(int state) => _labels[state];

    /// <summary>What a state reads, and where that leads; sets of one state are disjoint.</summary>
    public IReadOnlyList<(CodePointSet Set, int Target)> TransitionsOf(int state) => _transitions[state];

    /// <summary>Whether everything is allowed from a state on.</summary>
    public bool IsFree(int state) =>
        _accepting[state]
            && _transitions[state] is [(CodePointSet set, int target)]
            && target == state
            && set.SetEquals(PatternSets.Scalars);

    /// <summary>
    /// For each state, whether every further character that needs no escape in JSON leads on, and so does every one behind it. The end may
    /// not be allowed there.
    /// </summary>
    public bool[] FindEndless()
    {
        bool[] endless = [.. _transitions.Select(next => next.Sum(one => CountUnescaped(one.Set)) == AllUnescaped)];
        if (!Array.Exists(endless, one => one))
        {
            return endless;
        }

        List<int>[] sources = SourcesOf(_transitions);
        Stack<int> open = new(Enumerable.Range(0, endless.Length).Where(state => !endless[state]));
        while (open.TryPop(out int target))
        {
            foreach (int state in sources[target])
            {
                if (endless[state])
                {
                    endless[state] = false;
                    open.Push(state);
                }
            }
        }

        return endless;
    }

    /// <summary>Strings in which every pattern occurs; null if there is none.</summary>
    /// <exception cref="JsonSchemaException">The patterns have too many states.</exception>
    public static PatternAutomaton? TryBuild(IReadOnlyList<PatternNode> patterns, SchemaLocation place)
    {
        SubsetConstruction subsets = new(new PatternGraph(patterns, place), place);
        return Trim(subsets.Accepting, subsets.Transitions);
    }

    /// <summary>Strings in which every pattern occurs.</summary>
    /// <exception cref="JsonSchemaException">The patterns have too many states, or there is no such string.</exception>
    public static PatternAutomaton Build(IReadOnlyList<PatternNode> patterns, SchemaLocation place) =>
        TryBuild(patterns, place) ?? throw place.Error("no text matches the pattern. Correct it.");

    /// <summary>States from each of which an allowed string can be reached.</summary>
    public static PatternAutomaton OfStates(bool[] accepting, List<(CodePointSet Set, int Target)[]> transitions) =>
        new(accepting, [.. transitions]);

    /// <summary>Strings of some numbers of code points.</summary>
    /// <param name="min">The least.</param>
    /// <param name="max">The most; -1 for no limit.</param>
    public static PatternAutomaton OfLength(int min, int max)
    {
        int last = Math.Max(min, max);
        return new PatternAutomaton(
            [.. Enumerable.Range(0, last + 1).Select(length => length >= min)],
            [
                .. Enumerable.Range(0, last + 1).Select(length => ((CodePointSet, int)[])(
                    length < last ? [(PatternSets.Scalars, length + 1)] : max < 0 ? [(PatternSets.Scalars, last)] : [])),
            ]);
    }

    /// <summary>States with labels, made by <see cref="PatternProduct"/>; null if no string is accepted.</summary>
    public static PatternAutomaton? OfStates(
        List<bool> accepting, List<(CodePointSet Set, int Target)[]> transitions, List<ulong> labels) =>
        Trim(accepting, transitions, labels);

    /// <summary>All strings but some.</summary>
    public static PatternAutomaton Excluding(IEnumerable<string> texts)
    {
        const int Free = 1;
        List<Dictionary<int, int>> children = [[], []];
        List<bool> accepting = [true, true];
        foreach (string text in texts)
        {
            int state = 0;
            foreach (System.Text.Rune rune in text.EnumerateRunes())
            {
                if (!children[state].TryGetValue(rune.Value, out int child))
                {
                    child = children.Count;
                    children[state].Add(rune.Value, child);
                    children.Add([]);
                    accepting.Add(true);
                }

                state = child;
            }

            accepting[state] = false;
        }

        (CodePointSet, int)[][] transitions =
        [
            .. children.Select(next => ((CodePointSet, int)[])
            [
                .. next.Select(child => (CodePointSet.Of(child.Key), child.Value)),
                (PatternSets.Scalars.Except(CodePointSet.Union(next.Keys.Select(codePoint => (codePoint, codePoint)))), Free),
            ]),
        ];
        transitions[Free] = [(PatternSets.Scalars, Free)];
        return new PatternAutomaton([.. accepting], transitions);
    }

    /// <summary>Runs over a whole text.</summary>
    public bool Matches(IEnumerable<int> codePoints)
    {
        int state = 0;
        foreach (int codePoint in codePoints)
        {
            state = Array.Find(_transitions[state], transition => transition.Set.Contains(codePoint)) is (not null, int target)
                ? target
                : -1;
            if (state < 0)
            {
                return false;
            }
        }

        return _accepting[state];
    }

    // Drops states from which nothing is accepted any more.
    private static PatternAutomaton? Trim(
        List<bool> accepting, List<(CodePointSet Set, int Target)[]> transitions, List<ulong>? labels = null)
    {
        List<int>[] sources = SourcesOf(transitions);
        bool[] alive = new bool[accepting.Count];
        Stack<int> open = new(Enumerable.Range(0, accepting.Count).Where(state => accepting[state]));
        while (open.TryPop(out int state))
        {
            if (!alive[state])
            {
                alive[state] = true;
                sources[state].ForEach(open.Push);
            }
        }

        if (!alive[0])
        {
            return null;
        }

        int[] numbers = new int[alive.Length];
        int count = 0;
        for (int state = 0; state < alive.Length; state++)
        {
            numbers[state] = alive[state] ? count++ : -1;
        }

        return new PatternAutomaton(
            [.. accepting.Where((_, state) => alive[state])],
            [.. transitions.Where((_, state) => alive[state]).Select(
                row => row.Where(next => alive[next.Target]).Select(next => (next.Set, numbers[next.Target])).ToArray())],
            labels is null ? null : [.. labels.Where((_, state) => alive[state])]);
    }

    private static List<int>[] SourcesOf(IReadOnlyList<(CodePointSet Set, int Target)[]> transitions)
    {
        List<int>[] sources = [.. transitions.Select(_ => new List<int>())];
        for (int state = 0; state < sources.Length; state++)
        {
            foreach ((_, int target) in transitions[state])
            {
                sources[target].Add(state);
            }
        }

        return sources;
    }

    private static int CountUnescaped(CodePointSet set)
    {
        int count = 0;
        foreach ((int first, int last) in set.Ranges())
        {
            count += Math.Max(last - Math.Max(first, ' ') + 1, 0)
                - (first <= '"' && last >= '"' ? 1 : 0) - (first <= '\\' && last >= '\\' ? 1 : 0);
        }

        return count;
    }
}
