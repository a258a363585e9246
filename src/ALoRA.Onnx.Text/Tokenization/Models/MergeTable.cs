using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>Which pairs of neighbouring tokens merge, in which order, to what. Filled while reading, then only read, thread-safe.</summary>
/// <remarks>An open-addressing table: a lookup is one multiplication and, nearly always, one cache line.</remarks>
internal sealed class MergeTable
{
    public const int NoMerge = int.MaxValue;
    private const ulong Free = ulong.MaxValue;

    // Drawn for each table, so that no file can be made to hash badly.
    private readonly ulong _multiplier = (ulong)Random.Shared.NextInt64() | 1UL << 63 | 1;
    private ulong[] _pairs;
    private int[] _ranks;
    private readonly List<int> _results;
    private int _count;

    public MergeTable(int capacity)
    {
        int size = 16;
        while (size < capacity * 2L)
        {
            size *= 2;
        }

        _pairs = new ulong[size];
        _ranks = new int[size];
        _results = new List<int>(capacity);
        Array.Fill(_pairs, Free);
    }

    /// <summary>Adds the merge of the next rank; a pair that is given twice has its last rank.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(int left, int right, int result)
    {
        if (_count * 2 >= _pairs.Length)
        {
            Grow();
        }

        int slot = Find(_pairs, Pair(left, right));
        if (_pairs[slot] == Free)
        {
            _pairs[slot] = Pair(left, right);
            _count++;
        }

        _ranks[slot] = _results.Count;
        _results.Add(result);
    }

    /// <summary>The rank of a pair, the lower the sooner, or <see cref="NoMerge"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int RankOf(int left, int right)
    {
        int slot = Find(_pairs, Pair(left, right));
        return _pairs[slot] == Free ? NoMerge : _ranks[slot];
    }

    /// <summary>The token that the merge of a rank makes.</summary>
    public int ResultOf(int rank) => _results[rank];

    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(ulong[] pairs, ulong pair)
    {
        int mask = pairs.Length - 1;
        int slot = (int)((pair * _multiplier) >> 32) & mask;
        while (pairs[slot] != pair && pairs[slot] != Free)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private void Grow()
    {
        ulong[] pairs = new ulong[_pairs.Length * 2];
        int[] ranks = new int[pairs.Length];
        Array.Fill(pairs, Free);
        for (int i = 0; i < _pairs.Length; i++)
        {
            if (_pairs[i] != Free)
            {
                int slot = Find(pairs, _pairs[i]);
                pairs[slot] = _pairs[i];
                ranks[slot] = _ranks[i];
            }
        }

        (_pairs, _ranks) = (pairs, ranks);
    }
}
