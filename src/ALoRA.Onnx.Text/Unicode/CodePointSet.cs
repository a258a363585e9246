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
        (int First, int Last)[] sorted = [.. ranges];
        if (!IsSorted(sorted))
        {
            Array.Sort(sorted, static (left, right) => left.First.CompareTo(right.First));
        }

        foreach ((int first, int last) in sorted)
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
        if (sets.Length == 1)
        {
            return sets[0];
        }

        List<(int, int)> ranges = [];
        foreach (CodePointSet set in sets)
        {
            ranges.AddRange(set.Ranges());
        }

        return Union(ranges);
    }

    public CodePointSet Complement()
    {
        int from = _boundaries.Length > 0 && _boundaries[0] == 0 ? 1 : 0;
        int to = _boundaries.Length > 0 && _boundaries[^1] == Limit ? _boundaries.Length - 1 : _boundaries.Length;
        if (from > to)
        {
            return Empty;
        }

        ReadOnlySpan<int> kept = _boundaries.AsSpan(from, to - from);
        return new CodePointSet((from == 1, to < _boundaries.Length) switch
        {
            (true, true) => [.. kept],
            (true, false) => [.. kept, Limit],
            (false, true) => [0, .. kept],
            _ => [0, .. kept, Limit],
        });
    }

    public CodePointSet Intersect(CodePointSet other)
    {
        int[] left = _boundaries;
        int[] right = other._boundaries;
        List<int> both = [];
        int i = 0;
        int j = 0;
        while (i < left.Length && j < right.Length)
        {
            int start = Math.Max(left[i], right[j]);
            int end = Math.Min(left[i + 1], right[j + 1]);
            if (start < end)
            {
                both.Add(start);
                both.Add(end);
            }

            if (left[i + 1] == end)
            {
                i += 2;
            }

            if (right[j + 1] == end)
            {
                j += 2;
            }
        }

        return new CodePointSet([.. both]);
    }

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

    private static bool IsSorted((int First, int Last)[] ranges)
    {
        for (int i = 1; i < ranges.Length; i++)
        {
            if (ranges[i - 1].First > ranges[i].First)
            {
                return false;
            }
        }

        return true;
    }
}
