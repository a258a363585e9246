using System.Runtime.InteropServices;
using ALoRA.Onnx.Constraints.Patterns;

namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>Collects the states of a program. States are mostly built from the end to the start, each knowing what follows it.</summary>
internal sealed class ProgramBuilder
{
    private const int MaxStates = 300_000;
    private const int MaxEdges = 1_000_000;
    private readonly List<ProgramState> _states = [];
    private readonly List<ByteEdge> _edges = [];
    private readonly List<int> _targets = [];
    private readonly List<CounterLimits> _counters = [];
    private readonly List<bool[]> _tables = [];
    private readonly List<PatternAutomaton> _texts = [];
    private readonly Dictionary<(long Edge, int Counter), int> _single = [];
    private readonly Dictionary<(int Target, ulong Content, int Counter), IReadOnlyList<ByteEdge>> _remembered = [];

    public ProgramBuilder() => Return = Add(new ProgramState(StateKind.Return, 0, 0, -1));

    /// <summary>The end of every rule.</summary>
    public int Return { get; }

    /// <summary>The counter of the states that are added, or -1.</summary>
    public int Counter { get; private set; } = -1;

    /// <summary>Uses a counter for the states that are added next.</summary>
    public void BeginCounter(int min, int max, bool isTabled = false)
    {
        Counter = _counters.Count;
        _counters.Add(new CounterLimits(min, max, isTabled));
    }

    public void EndCounter() => Counter = -1;

    /// <summary>Adds the content of a string, for the states that read its characters.</summary>
    public int Text(PatternAutomaton automaton)
    {
        _texts.Add(automaton);
        return _texts.Count - 1;
    }

    /// <summary>A state whose content comes later.</summary>
    public int Reserve() => Add(new ProgramState(StateKind.Split, 0, 0, Counter));

    /// <summary>Makes a reserved state go on at others.</summary>
    public void SetSplit(int state, IReadOnlyCollection<int> targets)
    {
        _states[state] = _states[state] with { First = _targets.Count, Second = targets.Count };
        AddTargets(targets);
    }

    /// <summary>Goes on at several states; none is a dead end.</summary>
    public int Split(params IReadOnlyCollection<int> targets)
    {
        int state = Reserve();
        SetSplit(state, targets);
        return state;
    }

    public int Bytes(byte first, byte last, int target)
    {
        ref int state = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _single, (((long)target << 16) | ((long)first << 8) | last, Counter), out bool isKnown);
        if (!isKnown)
        {
            RequireEdges(1);
            state = Add(new ProgramState(StateKind.Bytes, _edges.Count, 1, Counter));
            _edges.Add(new ByteEdge(first, last, target));
        }

        return state;
    }

    public int Bytes(IReadOnlyCollection<ByteEdge> edges, bool isFreeText = false, int text = -1)
    {
        int state = Add(default);
        SetBytes(state, edges, isFreeText, text);
        return state;
    }

    /// <summary>Edges that lead to a state; the same ones for the same content, which are made once.</summary>
    public IReadOnlyList<ByteEdge> Remembered(int target, ulong content, Func<IReadOnlyList<ByteEdge>> make)
    {
        if (!_remembered.TryGetValue((target, content, Counter), out IReadOnlyList<ByteEdge>? edges))
        {
            edges = make();
            _remembered.Add((target, content, Counter), edges);
        }

        return edges;
    }

    /// <summary>Makes a reserved state read bytes.</summary>
    public void SetBytes(int state, IReadOnlyCollection<ByteEdge> edges, bool isFreeText = false, int text = -1)
    {
        RequireEdges(edges.Count);
        _states[state] = new ProgramState(StateKind.Bytes, _edges.Count, edges.Count, Counter, isFreeText, text);
        int start = _edges.Count;
        _edges.AddRange(edges);
        bool isSorted = true;
        for (int i = start + 1; i < _edges.Count && isSorted; i++)
        {
            isSorted = _edges[i - 1].First <= _edges[i].First;
        }

        if (!isSorted)
        {
            ByteEdge[] sorted = [.. edges.OrderBy(edge => edge.First)];
            for (int i = 0; i < sorted.Length; i++)
            {
                _edges[start + i] = sorted[i];
            }
        }
    }

    /// <summary>Reads exactly these bytes.</summary>
    public int Literal(ReadOnlySpan<byte> bytes, int target)
    {
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            target = Bytes(bytes[i], bytes[i], target);
        }

        return target;
    }

    public int Call(int rule, int next) => Add(new ProgramState(StateKind.Call, rule, next, Counter));

    public int CountUp(int next, bool[]? allowed = null)
    {
        int table = allowed is null ? -1 : _tables.Count;
        if (allowed is not null)
        {
            _tables.Add(allowed);
        }

        return Add(new ProgramState(StateKind.CountUp, next, table, Counter));
    }

    public int AtLeast(int next) => Add(new ProgramState(StateKind.AtLeast, next, 0, Counter));

    public ByteProgram Build(int start)
    {
        ProgramState[] states = [.. _states];
        ByteEdge[] edges = [.. _edges];
        int[] targets = [.. _targets];
        return new ByteProgram
        {
            Start = start,
            States = states,
            Edges = edges,
            Targets = targets,
            Counters = [.. _counters],
            Tables = [.. _tables],
            Texts = [.. _texts],
            Heights = ProgramHeights.Compute(states, edges, targets),
        };
    }

    private void RequireEdges(int more)
    {
        if (_edges.Count + more > MaxEdges)
        {
            throw new ProgramLimitException($"the automaton would have more than {MaxEdges} edges. Use fewer or simpler parts.");
        }
    }

    private void AddTargets(IReadOnlyCollection<int> targets)
    {
        if (_targets.Count + targets.Count > MaxEdges)
        {
            throw new ProgramLimitException($"the automaton would have more than {MaxEdges} branches. Use fewer or simpler parts.");
        }

        _targets.AddRange(targets);
    }

    private int Add(ProgramState state)
    {
        if (_states.Count >= MaxStates)
        {
            throw new ProgramLimitException($"the automaton would have more than {MaxStates} states. Use fewer or simpler parts.");
        }

        _states.Add(state);
        return _states.Count - 1;
    }
}
