using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>
/// A program made deterministic while it is used: a state is a set of configurations,
/// made and remembered when a text first gets there. Not thread-safe.
/// </summary>
/// <remarks>
/// Callers of a rule at the same place of the text share a frame (a graph-structured stack), so that
/// ambiguous schemas take no more configurations than there are states and counts.
/// </remarks>
internal sealed class LazyAutomaton
{
    /// <summary>The state from which nothing is possible.</summary>
    public const int Dead = 0;

    private const int StepsBeforeRow = 2;
    private const int MaxSearched = 24;
    private const int MaxRows = 12_000;
    private const int MaxSets = 60_000;
    private const long MaxSize = 2_000_000;
    private readonly ByteProgram _program;
    private readonly Stack<Configuration> _open = new();
    private readonly List<Configuration> _seen = [];
    private readonly HashSet<Configuration> _seenToo = [];
    private readonly List<Configuration> _reached = [];
    private readonly List<(int Rule, Configuration Caller)> _calls = [];
    private readonly List<Configuration> _callers = [];
    private ConfigurationTable _sets = new();
    private FrameTable _frames = new();
    private int[]?[] _rows = new int[256][];
    private byte[] _steps = new byte[256];
    private int _rowCount;

    public LazyAutomaton(ByteProgram program)
    {
        _program = program;
        Start = MakeStart();
    }

    /// <summary>The state of an empty text.</summary>
    public int Start { get; private set; }

    public ByteProgram Program => _program;

    public FrameTable Frames => _frames;

    /// <summary>Whether it has grown so much that it should be emptied.</summary>
    public bool IsLarge => _rowCount > MaxRows || _sets.Count > MaxSets || _sets.Size + _frames.Size > MaxSize;

    public ReadOnlySpan<Configuration> ConfigurationsOf(int state) => _sets[state];

    /// <summary>Whether the text is complete.</summary>
    public bool IsComplete(int state) => _sets[state] is [{ State: -1 }, ..];

    /// <summary>The state behind one more byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Step(int state, byte value)
    {
        int[]?[] rows = _rows;
        int[]? row = (uint)state < (uint)rows.Length ? rows[state] : null;
        int next = row is null ? -1 : row[value];
        return next >= 0 ? next : FirstStep(state, value);
    }

    /// <summary>The state of a set of configurations, which were reached before.</summary>
    public int StateOf(List<Configuration> configurations) => _sets.Intern(configurations);

    /// <summary>Forgets all states; one is made again, with another number, which is given back.</summary>
    public int Reset(int kept)
    {
        FrameTable frames = new();
        List<Configuration> configurations = [];
        Dictionary<int, int> copies = [];
        foreach (Configuration one in _sets[kept])
        {
            configurations.Add(one with { Frame = frames.CopyFrom(_frames, one.Frame, copies) });
        }

        _frames = frames;
        _sets = new ConfigurationTable();
        _rows = new int[256][];
        _steps = new byte[256];
        _rowCount = 0;
        Start = MakeStart();
        return _sets.Intern(configurations);
    }

    private int MakeStart()
    {
        Push(new Configuration(_program.Start, 0, FrameTable.Root));
        return Close();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int FirstStep(int state, byte value)
    {
        int next = Compute(state, value);
        int[]? row = state < _rows.Length && _rows[state] is int[] known ? known : RowOf(state);
        if (row is not null)
        {
            row[value] = next;
        }

        return next;
    }

    // A row takes a kilobyte; states that are passed through once or twice get none.
    private int[]? RowOf(int state)
    {
        if (state >= _steps.Length)
        {
            int length = Math.Max(_sets.Count, _steps.Length * 2);
            Array.Resize(ref _steps, length);
            Array.Resize(ref _rows, length);
        }

        if (_steps[state] < StepsBeforeRow)
        {
            _steps[state]++;
            return null;
        }

        int[] row = new int[256];
        Array.Fill(row, -1);
        _rows[state] = row;
        _rowCount++;
        return row;
    }

    private int Compute(int state, byte value)
    {
        foreach (Configuration one in _sets[state])
        {
            if (one.State < 0)
            {
                continue;
            }

            foreach (ref readonly ByteEdge edge in _program.EdgesOf(_program.States[one.State]))
            {
                if (edge.First > value)
                {
                    break;
                }

                if (value <= edge.Last)
                {
                    Push(one with { State = edge.Target });
                }
            }
        }

        return _open.Count == 0 ? Dead : Close();
    }

    // States that are left only by calls too deep would be dead ends.
    private void Push(Configuration one)
    {
        if (_program.Heights[one.State] + _frames.DepthOf(one.Frame) <= ByteProgram.MaxDepth && See(one))
        {
            _open.Push(one);
        }
    }

    // Most closures are small: searching them is faster than hashing.
    private bool See(Configuration one)
    {
        if (_seen.Count >= MaxSearched)
        {
            return !_seen.Contains(one) && _seenToo.Add(one);
        }

        foreach (ref readonly Configuration seen in CollectionsMarshal.AsSpan(_seen))
        {
            if (seen.State == one.State && seen.Count == one.Count && seen.Frame == one.Frame)
            {
                return false;
            }
        }

        _seen.Add(one);
        return true;
    }

    private int Close()
    {
        do
        {
            while (_open.TryPop(out Configuration one))
            {
                Follow(one);
            }

            MakeCalls();
        }
        while (_open.Count > 0);

        int state = _sets.Intern(_reached);
        _reached.Clear();
        if (_seen.Count >= MaxSearched)
        {
            _seenToo.Clear();
        }

        _seen.Clear();
        return state;
    }

    private void Follow(Configuration one)
    {
        ref readonly ProgramState state = ref _program.States[one.State];
        switch (state.Kind)
        {
            case StateKind.Bytes:
                _reached.Add(one);
                break;
            case StateKind.Split:
                foreach (int target in _program.TargetsOf(state))
                {
                    Push(one with { State = target });
                }

                break;
            case StateKind.Call:
                _calls.Add((state.First, one with { State = state.Second }));
                break;
            case StateKind.CountUp:
                CountUp(state, one);
                break;
            case StateKind.AtLeast when one.Count >= _program.Counters[state.Counter].Min:
                Push(one with { State = state.First });
                break;
            case StateKind.Return when one.Frame == FrameTable.Root:
                _reached.Add(Configuration.Complete);
                break;
            case StateKind.Return:
                foreach (Configuration caller in _frames[one.Frame])
                {
                    Push(caller);
                }

                break;
            default:
                break;
        }
    }

    private void CountUp(in ProgramState state, Configuration one)
    {
        CounterLimits limits = _program.Counters[state.Counter];
        int count = limits.Max < 0 ? Math.Min(one.Count + 1, limits.Min) : one.Count + 1;
        if ((limits.Max < 0 || count <= limits.Max) && (state.Second < 0 || _program.Tables[state.Second][count]))
        {
            Push(one with { State = state.First, Count = count });
        }
    }

    private void MakeCalls()
    {
        _calls.Sort(
            static (left, right) => left.Rule != right.Rule ? left.Rule.CompareTo(right.Rule) : left.Caller.CompareTo(right.Caller));
        for (int i = 0; i < _calls.Count; i++)
        {
            _callers.Add(_calls[i].Caller);
            if (i + 1 == _calls.Count || _calls[i + 1].Rule != _calls[i].Rule)
            {
                Push(new Configuration(_calls[i].Rule, 0, _frames.Intern(_callers)));
                _callers.Clear();
            }
        }

        _calls.Clear();
    }
}
