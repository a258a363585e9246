namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>Several byte strings as states that read exactly one of them.</summary>
internal static class TextTrie
{
    /// <summary>Adds the strings to a program.</summary>
    /// <param name="builder">The program.</param>
    /// <param name="texts">The strings, none of them empty.</param>
    /// <param name="end">Where it goes on behind each.</param>
    /// <returns>The first state; a dead end if there are no strings.</returns>
    public static int Add(ProgramBuilder builder, IEnumerable<byte[]> texts, int end)
    {
        List<SortedDictionary<byte, int>> children = [[]];
        List<int> states = [builder.Reserve()];
        HashSet<int> ends = [];
        foreach (byte[] text in texts)
        {
            int node = 0;
            foreach (byte value in text)
            {
                if (!children[node].TryGetValue(value, out int child))
                {
                    child = children.Count;
                    children[node].Add(value, child);
                    children.Add([]);
                    states.Add(builder.Reserve());
                }

                node = child;
            }

            ends.Add(node);
        }

        for (int node = 0; node < children.Count; node++)
        {
            ByteEdge[] edges = [.. children[node].Select(child => new ByteEdge(child.Key, child.Key, states[child.Value]))];
            if (!ends.Contains(node))
            {
                builder.SetBytes(states[node], edges);
            }
            else
            {
                builder.SetSplit(states[node], edges.Length == 0 ? [end] : [end, builder.Bytes(edges)]);
            }
        }

        return states[0];
    }
}
