using ALoRA.Onnx.Constraints.Patterns;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>
/// Which lengths leave a pattern a way to its end: without them, a text could run into
/// a place where neither another character nor the end is allowed.
/// </summary>
internal static class LengthTables
{
    private const long MaxWork = 50_000_000;
    private const long MaxCells = 8_000_000;

    /// <summary>
    /// For each state and each number of characters read so far, whether a text of an allowed
    /// length can still become of it; null for a state where every length works.
    /// </summary>
    /// <exception cref="ProgramLimitException">It would take too long.</exception>
    public static bool[]?[] Compute(PatternAutomaton automaton, int min, int max)
    {
        bool[]?[] tables = new bool[]?[automaton.Count];
        if (automaton.IsFree(0))
        {
            return tables;
        }

        long steps = max < 0 ? min : max;
        long transitions = Enumerable.Range(0, automaton.Count).Sum(state => (long)automaton.TransitionsOf(state).Count);
        if ((steps + 1) * transitions > MaxWork || (steps + 1) * automaton.Count > MaxCells)
        {
            throw new ProgramLimitException(
                $"a pattern of {automaton.Count} states together with lengths up to {steps} takes too much. Put the length into the "
                + "pattern, or use a smaller one.");
        }

        bool[][] byLength = max < 0 ? AtLeast(automaton, min) : Exactly(automaton, max);
        for (int state = 0; state < tables.Length; state++)
        {
            if (!automaton.IsFree(state))
            {
                tables[state] = max < 0
                    ? [.. Enumerable.Range(0, min + 1).Select(read => byLength[min - read][state])]
                    : Within(byLength, state, min, max);
            }
        }

        return tables;
    }

    // [n][state]: whether a text of n or more characters is accepted from the state.
    private static bool[][] AtLeast(PatternAutomaton automaton, int min)
    {
        bool[][] rows = new bool[min + 1][];
        rows[0] = [.. Enumerable.Repeat(true, automaton.Count)];
        return Fill(automaton, rows);
    }

    // [n][state]: whether a text of exactly n characters is accepted from the state.
    private static bool[][] Exactly(PatternAutomaton automaton, int max)
    {
        bool[][] rows = new bool[max + 1][];
        rows[0] = [.. Enumerable.Range(0, automaton.Count).Select(automaton.IsAccepting)];
        return Fill(automaton, rows);
    }

    private static bool[][] Fill(PatternAutomaton automaton, bool[][] rows)
    {
        for (int length = 1; length < rows.Length; length++)
        {
            rows[length] = new bool[automaton.Count];
            for (int state = 0; state < automaton.Count; state++)
            {
                foreach ((CodePointSet _, int target) in automaton.TransitionsOf(state))
                {
                    rows[length][state] |= rows[length - 1][target];
                }
            }
        }

        return rows;
    }

    private static bool[] Within(bool[][] byLength, int state, int min, int max)
    {
        int[] shorter = new int[max + 2];
        for (int length = 0; length <= max; length++)
        {
            shorter[length + 1] = shorter[length] + (byLength[length][state] ? 1 : 0);
        }

        return [.. Enumerable.Range(0, max + 1).Select(read => shorter[max - read + 1] > shorter[Math.Max(min - read, 0)])];
    }
}
