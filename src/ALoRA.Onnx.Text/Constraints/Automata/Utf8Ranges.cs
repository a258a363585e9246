using System.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>Code points as the UTF-8 bytes that they are written with.</summary>
internal static class Utf8Ranges
{
    private static readonly int[] LastOfLength = [0x7F, 0x7FF, 0xFFFF, 0x10FFFF];

    /// <summary>Edges that read one code point of a set.</summary>
    public static List<ByteEdge> Edges(ProgramBuilder builder, CodePointSet set, int target)
    {
        List<ByteEdge> edges = [];
        foreach ((int first, int last) in set.Ranges())
        {
            int from = first;
            foreach (int limit in LastOfLength)
            {
                if (from <= limit && from <= last)
                {
                    Add(builder, edges, from, Math.Min(last, limit), target);
                    from = limit + 1;
                }
            }
        }

        return edges;
    }

    // Splits a range of one length until all bytes but the first run over all of their values, or are one value.
    private static void Add(ProgramBuilder builder, List<ByteEdge> edges, int first, int last, int target)
    {
        for (int bits = 6; bits <= 18; bits += 6)
        {
            int low = (1 << bits) - 1;
            if ((first & ~low) == (last & ~low))
            {
                continue;
            }

            if ((first & low) != 0)
            {
                Add(builder, edges, first, first | low, target);
                Add(builder, edges, (first | low) + 1, last, target);
                return;
            }

            if ((last & low) != low)
            {
                Add(builder, edges, first, (last & ~low) - 1, target);
                Add(builder, edges, last & ~low, last, target);
                return;
            }
        }

        Span<byte> from = stackalloc byte[4];
        Span<byte> to = stackalloc byte[4];
        int length = new Rune(first).EncodeToUtf8(from);
        new Rune(last).EncodeToUtf8(to);
        for (int i = length - 1; i > 0; i--)
        {
            target = builder.Bytes(from[i], to[i], target);
        }

        edges.Add(new ByteEdge(from[0], to[0], target));
    }
}
