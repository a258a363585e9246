using ALoRA.Onnx.Constraints.Automata;

namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>
/// Finds one state for all that differ only in counters farther from their limits than any token reaches,
/// so that a string of a thousand characters or a list of a thousand items needs few masks.
/// </summary>
internal sealed class CounterClasses(LazyAutomaton automaton, int maxTokenBytes)
{
    private readonly Dictionary<int, int> _states = [];
    private readonly Dictionary<int, int> _frames = [];
    private readonly Dictionary<int, (int Start, int End)[]> _runs = [];
    private readonly int _reach = maxTokenBytes + 2;
    private ILookup<int, bool[]>? _tables;

    /// <summary>The state whose mask is the same.</summary>
    public int RepresentativeOf(int state)
    {
        if (automaton.Program.Counters.Length == 0)
        {
            return state;
        }

        if (!_states.TryGetValue(state, out int representative))
        {
            List<Configuration> configurations = [];
            foreach (Configuration one in automaton.ConfigurationsOf(state))
            {
                configurations.Add(one.State < 0 ? one : Represent(one));
            }

            representative = automaton.StateOf(configurations);
            _states.Add(state, representative);
        }

        return representative;
    }

    public void Clear()
    {
        _states.Clear();
        _frames.Clear();
    }

    private Configuration Represent(Configuration one)
    {
        int counter = automaton.Program.States[one.State].Counter;
        return new Configuration(one.State, counter < 0 ? one.Count : Represent(one.Count, counter), RepresentFrame(one.Frame));
    }

    private int RepresentFrame(int frame)
    {
        if (frame == FrameTable.Root || _frames.TryGetValue(frame, out _))
        {
            return frame == FrameTable.Root ? frame : _frames[frame];
        }

        List<Configuration> callers = [];
        foreach (Configuration caller in automaton.Frames[frame])
        {
            callers.Add(Represent(caller));
        }

        int representative = automaton.Frames.Intern(callers);
        _frames.Add(frame, representative);
        return representative;
    }

    // A token of n bytes raises a counter by n at most. One more is kept, because a character is counted before it is read.
    private int Represent(int count, int counter)
    {
        CounterLimits limits = automaton.Program.Counters[counter];
        if (limits.IsTabled)
        {
            (int start, int end) = RunsOf(counter)[count];
            return count + _reach <= end ? start : count;
        }

        return count + _reach < limits.Min ? 0
            : count >= limits.Min && limits.Max >= 0 && count + _reach < limits.Max ? limits.Min
            : count;
    }

    // For each value of a counter, the values around it of which every table, and the minimum, say the same.
    private (int Start, int End)[] RunsOf(int counter)
    {
        if (!_runs.TryGetValue(counter, out (int Start, int End)[]? runs))
        {
            _tables ??= automaton.Program.States
                .Where(state => state.Kind == StateKind.CountUp && state.Second >= 0)
                .ToLookup(state => state.Counter, state => automaton.Program.Tables[state.Second]);
            bool[][] tables = [.. _tables[counter].Distinct()];
            CounterLimits limits = automaton.Program.Counters[counter];
            runs = new (int, int)[Math.Max(limits.Min, limits.Max) + 1];
            int start = 0;
            for (int next = 1; next <= runs.Length; next++)
            {
                if (next == runs.Length || next == limits.Min || Array.Exists(tables, table => table[next] != table[next - 1]))
                {
                    Array.Fill(runs, (start, next - 1), start, next - start);
                    start = next;
                }
            }

            _runs.Add(counter, runs);
        }

        return runs;
    }
}
