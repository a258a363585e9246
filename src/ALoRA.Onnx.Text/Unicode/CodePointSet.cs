using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Unicode;

/// <summary>An immutable set of Unicode code points, held as sorted, disjoint, non-adjacent ranges.</summary>
internal sealed class CodePointSet
{
    public const int Limit = 0x110000;

    // Boundaries: [start, end) pairs laid flat, strictly ascending. Complement is then a matter of adding or dropping 0 and Limit.
    private readonly int[] _boundaries;

    private CodePointSet(int[] boundaries) => _boundaries = boundaries;

    public static CodePointSet Empty { get; } = new([]);

    public static CodePointSet All { get; } = new([0, Limit]);

    public bool IsEmpty => _boundaries.Length == 0;

    public int RangeCount => _boundaries.Length / 2;

    public static CodePointSet Of(int codePoint) => new([codePoint, codePoint + 1]);

    public static CodePointSet Range(int first, int last) => new([first, last + 1]);

    public static CodePointSet Union(IEnumerable<(int First, int Last)> ranges)
    {
        List<int> boundaries = [];
        foreach ((int first, int last) in ranges.OrderBy(range => range.First))
        {
            if (boundaries.Count > 0 && first <= boundaries[^1])
            {
                boundaries[^1] = Math.Max(boundaries[^1], last + 1);
            }
            else
            {
                boundaries.Add(first);
                boundaries.Add(last + 1);
            }
        }

        return new CodePointSet([.. boundaries]);
    }

    public static CodePointSet Union(params ReadOnlySpan<CodePointSet> sets)
    {
        List<(int, int)> ranges = [];
        foreach (CodePointSet set in sets)
        {
            ranges.AddRange(set.Ranges());
        }

        return Union(ranges);
    }

    public CodePointSet Complement()
    {
        List<int> boundaries = [.. _boundaries];
        if (boundaries.Count > 0 && boundaries[0] == 0)
        {
            boundaries.RemoveAt(0);
        }
        else
        {
            boundaries.Insert(0, 0);
        }

        if (boundaries[^1] == Limit)
        {
            boundaries.RemoveAt(boundaries.Count - 1);
        }
        else
        {
            boundaries.Add(Limit);
        }

        return new CodePointSet([.. boundaries]);
    }

    public CodePointSet Intersect(CodePointSet other) => Union(Complement(), other.Complement()).Complement();

    public CodePointSet Except(CodePointSet other) => Intersect(other.Complement());

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Contains(int codePoint)
    {
        int index = Array.BinarySearch(_boundaries, codePoint);
        return ((index >= 0 ? index : ~index - 1) & 1) == 0;
    }

    public IEnumerable<(int First, int Last)> Ranges()
    {
        for (int i = 0; i < _boundaries.Length; i += 2)
        {
            yield return (_boundaries[i], _boundaries[i + 1] - 1);
        }
    }

    public bool SetEquals(CodePointSet other) => _boundaries.AsSpan().SequenceEqual(other._boundaries);
}
