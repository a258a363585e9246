using ALoRA.Onnx.Constraints.Patterns;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>
/// The code points of a pattern by what it can't tell apart: those that are in the same of its sets are in one class. Class 0 is in none of
/// the sets. Immutable, thread-safe.
/// </summary>
internal sealed class CharacterClasses
{
    /// <summary>With more classes, little is gained.</summary>
    public const int MaxCount = 48;

    private readonly int[] _starts;
    private readonly byte[] _classes;

    private CharacterClasses(int[] starts, byte[] classes, int count)
    {
        _starts = starts;
        _classes = classes;
        Count = count;
        Key = $"{string.Join(',', starts)} {Convert.ToHexString(classes)}";
    }

    public int Count { get; }

    /// <summary>The same for equal classes.</summary>
    public string Key { get; }

    /// <summary>The classes of a pattern; null if there are too many.</summary>
    public static CharacterClasses? Of(PatternAutomaton automaton)
    {
        HashSet<CodePointSet> sets = new(SetComparer.Instance);
        SortedSet<int> cuts = [0];
        for (int state = 0; state < automaton.Count; state++)
        {
            foreach ((CodePointSet set, _) in automaton.TransitionsOf(state))
            {
                if (sets.Add(set))
                {
                    foreach ((int first, int last) in set.Ranges())
                    {
                        cuts.Add(first);
                        cuts.Add(last + 1);
                    }
                }
            }
        }

        // Each set splits the classes that there are so far.
        int[] starts = [.. cuts];
        int[] classes = new int[starts.Length];
        int count = 1;
        foreach (CodePointSet set in sets)
        {
            Dictionary<int, int> inside = [];
            for (int i = 0; i < starts.Length; i++)
            {
                if (set.Contains(starts[i]))
                {
                    if (!inside.TryGetValue(classes[i], out int split))
                    {
                        split = count++;
                        inside.Add(classes[i], split);
                    }

                    classes[i] = split;
                }
            }
        }

        // Classes that were split as a whole left a gap behind.
        Dictionary<int, int> numbers = new() { [0] = 0 };
        foreach (int one in classes)
        {
            numbers.TryAdd(one, numbers.Count);
        }

        return numbers.Count > MaxCount
            ? null
            : new CharacterClasses(starts, [.. classes.Select(one => (byte)numbers[one])], numbers.Count);
    }

    /// <summary>The class of a code point.</summary>
    public int ClassOf(int codePoint)
    {
        int index = Array.BinarySearch(_starts, codePoint);
        return _classes[index >= 0 ? index : ~index - 1];
    }

    private sealed class SetComparer : IEqualityComparer<CodePointSet>
    {
        public static SetComparer Instance { get; } = new();

        public bool Equals(CodePointSet? x, CodePointSet? y) => ReferenceEquals(x, y) || (x is not null && y is not null && x.SetEquals(y));

        public int GetHashCode(CodePointSet obj)
        {
            HashCode hash = default;
            foreach ((int first, int last) in obj.Ranges())
            {
                hash.Add(first);
                hash.Add(last);
            }

            return hash.ToHashCode();
        }
    }
}
