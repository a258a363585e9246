using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>
/// Gives equal sets of configurations the same number. Sets are sorted and without
/// repetition; the first, 0, is empty. Allocates only for new ones.
/// </summary>
internal sealed class ConfigurationTable
{
    private readonly Dictionary<Configuration[], int> _ids = new(SetComparer.Instance);
    private readonly Dictionary<Configuration[], int>.AlternateLookup<ReadOnlySpan<Configuration>> _bySpan;
    private readonly List<Configuration[]> _sets = [];

    public ConfigurationTable()
    {
        _bySpan = _ids.GetAlternateLookup<ReadOnlySpan<Configuration>>();
        InternSorted([]);
    }

    public int Count => _sets.Count;

    /// <summary>Configurations in all sets.</summary>
    public long Size { get; private set; }

    public ReadOnlySpan<Configuration> this[int id] => _sets[id];

    /// <summary>The number of a set, whose members are sorted here and come once only afterwards.</summary>
    public int Intern(List<Configuration> members)
    {
        Span<Configuration> span = CollectionsMarshal.AsSpan(members);
        span.Sort();
        int kept = 0;
        for (int i = 0; i < span.Length; i++)
        {
            if (i == 0 || span[i] != span[i - 1])
            {
                span[kept++] = span[i];
            }
        }

        return InternSorted(span[..kept]);
    }

    private int InternSorted(ReadOnlySpan<Configuration> sorted)
    {
        if (!_bySpan.TryGetValue(sorted, out int id))
        {
            Configuration[] set = sorted.ToArray();
            id = _sets.Count;
            _sets.Add(set);
            _ids.Add(set, id);
            Size += set.Length;
        }

        return id;
    }

    private sealed class SetComparer
        : IEqualityComparer<Configuration[]>, IAlternateEqualityComparer<ReadOnlySpan<Configuration>, Configuration[]>
    {
        public static SetComparer Instance { get; } = new();

        public bool Equals(Configuration[]? x, Configuration[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<Configuration> alternate, Configuration[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(Configuration[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<Configuration> alternate)
        {
            uint hash = (uint)alternate.Length;
            foreach (Configuration one in alternate)
            {
                hash = ((hash ^ (uint)one.State) * 0x9E3779B1) + ((uint)one.Count * 0x85EBCA77) + ((uint)one.Frame * 0xC2B2AE3D);
                hash ^= hash >> 15;
            }

            return (int)hash;
        }

        public Configuration[] Create(ReadOnlySpan<Configuration> alternate) => alternate.ToArray();
    }
}
