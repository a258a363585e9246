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
        PriorityQueue<int, int> open = new();
        for (int state = 0; state < states.Length; state++)
        {
            if (states[state].Kind == StateKind.Return)
            {
                heights[state] = 0;
                open.Enqueue(state, 0);
            }
        }

        // Knuth's generalization of Dijkstra's algorithm: heights are final in ascending order.
        bool[] done = new bool[states.Length];
        while (open.TryDequeue(out int reached, out _))
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
                    open.Enqueue(source, height);
                }
            }
        }

        return heights;
    }

    private static int HeightOver(in ProgramState state, int reached, int[] heights) =>
        state.Kind == StateKind.Call
            ? Math.Min(Math.Max(heights[state.First] + 1, heights[state.Second]), ByteProgram.Unreachable)
            : heights[reached];

    private static (int[] Starts, int[] Sources) Reverse(ProgramState[] states, ByteEdge[] edges, int[] targets)
    {
        int[] starts = new int[states.Length + 1];
        ForEach(states, edges, targets, (_, target) => starts[target + 1]++);
        for (int i = 0; i < states.Length; i++)
        {
            starts[i + 1] += starts[i];
        }

        int[] next = [.. starts];
        int[] sources = new int[starts[^1]];
        ForEach(states, edges, targets, (source, target) => sources[next[target]++] = source);
        return (starts, sources);
    }

    private static void ForEach(ProgramState[] states, ByteEdge[] edges, int[] targets, Action<int, int> action)
    {
        for (int id = 0; id < states.Length; id++)
        {
            ProgramState state = states[id];
            switch (state.Kind)
            {
                case StateKind.Bytes:
                    for (int i = 0; i < state.Second; i++)
                    {
                        action(id, edges[state.First + i].Target);
                    }

                    break;
                case StateKind.Split:
                    for (int i = 0; i < state.Second; i++)
                    {
                        action(id, targets[state.First + i]);
                    }

                    break;
                case StateKind.Call:
                    action(id, state.First);
                    action(id, state.Second);
                    break;
                case StateKind.CountUp or StateKind.AtLeast:
                    action(id, state.First);
                    break;
                default:
                    break;
            }
        }
    }
}
