namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>
/// Computes for every state how deep calls must lie within each other until its rule ends:
/// the least over its ways, each as deep as its deepest call.
/// </summary>
/// <remarks>
/// Counters are not looked at: whoever builds a loop with a minimum reads the first
/// round before it, so that a loop never hides a call that can't return.
/// </remarks>
internal static class ProgramHeights
{
    public static int[] Compute(ProgramState[] states, ByteEdge[] edges, int[] targets)
    {
        (int[] starts, int[] sources) = Reverse(states, edges, targets);
        int[] heights = new int[states.Length];
        Array.Fill(heights, ByteProgram.Unreachable);
        List<Stack<int>> open = [new()];
        for (int state = 0; state < states.Length; state++)
        {
            if (states[state].Kind == StateKind.Return)
            {
                heights[state] = 0;
                open[0].Push(state);
            }
        }

        // Knuth's generalization of Dijkstra's algorithm: heights are final in ascending order.
        bool[] done = new bool[states.Length];
        for (int level = 0; level < open.Count; level++)
        {
            while (open[level].TryPop(out int reached))
            {
                if (done[reached])
                {
                    continue;
                }

                done[reached] = true;
                for (int i = starts[reached]; i < starts[reached + 1]; i++)
                {
                    int source = sources[i];
                    int height = HeightOver(states[source], reached, heights);
                    if (height < heights[source])
                    {
                        heights[source] = height;
                        while (open.Count <= height)
                        {
                            open.Add(new());
                        }

                        open[height].Push(source);
                    }
                }
            }
        }

        return heights;
    }

    private static int HeightOver(in ProgramState state, int reached, int[] heights) =>
        state.Kind == StateKind.Call
            ? Math.Min(Math.Max(heights[state.First] + 1, heights[state.Second]), ByteProgram.Unreachable)
            : heights[reached];

    // Who leads to each state, in one list.
    private static (int[] Starts, int[] Sources) Reverse(ProgramState[] states, ByteEdge[] edges, int[] targets)
    {
        int[] starts = new int[states.Length + 1];
        for (int id = 0; id < states.Length; id++)
        {
            ProgramState state = states[id];
            for (int i = 0; i < CountTargets(state); i++)
            {
                starts[TargetOf(state, i, edges, targets) + 1]++;
            }
        }

        for (int i = 0; i < states.Length; i++)
        {
            starts[i + 1] += starts[i];
        }

        int[] next = [.. starts];
        int[] sources = new int[starts[^1]];
        for (int id = 0; id < states.Length; id++)
        {
            ProgramState state = states[id];
            for (int i = 0; i < CountTargets(state); i++)
            {
                sources[next[TargetOf(state, i, edges, targets)]++] = id;
            }
        }

        return (starts, sources);
    }

    private static int CountTargets(in ProgramState state) => state.Kind switch
    {
        StateKind.Bytes or StateKind.Split => state.Second,
        StateKind.Call => 2,
        StateKind.CountUp or StateKind.AtLeast => 1,
        _ => 0,
    };

    private static int TargetOf(in ProgramState state, int index, ByteEdge[] edges, int[] targets) => state.Kind switch
    {
        StateKind.Bytes => edges[state.First + index].Target,
        StateKind.Split => targets[state.First + index],
        _ => index == 0 ? state.First : state.Second,
    };
}
