using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>The symbols of a piece while they are merged. One thread at a time.</summary>
internal sealed class SymbolList
{
    // Up to here a scan for the lowest rank beats a heap.
    private const int ScanLimit = 48;
    private int[] _ids = new int[64];
    private int[] _lengths = new int[64];
    private int[] _ranks = new int[64];
    private int[] _previous = [];
    private int[] _next = [];
    private readonly MergeQueue _queue = new();

    public int Count { get; private set; }

    /// <summary>Whether it is worth keeping: one huge piece must not hold its memory for good.</summary>
    public bool IsSmall => _ids.Length <= 1 << 16;

    public int IdAt(int index) => _ids[index];

    /// <summary>UTF-8 bytes of the piece that the symbol covers.</summary>
    public int LengthAt(int index) => _lengths[index];

    public void Clear() => Count = 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int id, int length)
    {
        if (Count == _ids.Length)
        {
            Array.Resize(ref _ids, Count * 2);
            Array.Resize(ref _lengths, Count * 2);
            Array.Resize(ref _ranks, Count * 2);
        }

        _ids[Count] = id;
        _lengths[Count++] = length;
    }

    /// <summary>Merges the pair of the lowest rank, the leftmost of several, until no pair merges.</summary>
    public void MergeAll(MergeTable merges)
    {
        if (Count <= ScanLimit)
        {
            MergeByScan(merges);
        }
        else
        {
            MergeByQueue(merges);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MergeByScan(MergeTable merges)
    {
        for (int i = 0; i + 1 < Count; i++)
        {
            _ranks[i] = merges.RankOf(_ids[i], _ids[i + 1]);
        }

        while (Count > 1)
        {
            int best = 0;
            for (int i = 1; i + 1 < Count; i++)
            {
                best = _ranks[i] < _ranks[best] ? i : best;
            }

            if (_ranks[best] == MergeTable.NoMerge)
            {
                return;
            }

            _ids[best] = merges.ResultOf(_ranks[best]);
            _lengths[best] += _lengths[best + 1];
            int moved = Count - best - 2;
            Array.Copy(_ids, best + 2, _ids, best + 1, moved);
            Array.Copy(_lengths, best + 2, _lengths, best + 1, moved);
            Array.Copy(_ranks, best + 2, _ranks, best + 1, moved);
            Count--;
            if (best + 1 < Count)
            {
                _ranks[best] = merges.RankOf(_ids[best], _ids[best + 1]);
            }

            if (best > 0)
            {
                _ranks[best - 1] = merges.RankOf(_ids[best - 1], _ids[best]);
            }
        }
    }

    // A queue by rank and position over a linked list. An entry whose pair has changed since is dropped when it comes up.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MergeByQueue(MergeTable merges)
    {
        if (_next.Length < Count)
        {
            _next = new int[_ids.Length];
            _previous = new int[_ids.Length];
        }

        _queue.Clear();
        for (int i = 0; i < Count; i++)
        {
            _previous[i] = i - 1;
            _next[i] = i + 1 < Count ? i + 1 : -1;
            Enqueue(merges, i);
        }

        while (_queue.TryTake(out int rank, out int left))
        {
            if (_ranks[left] != rank)
            {
                continue;
            }

            int right = _next[left];
            _ids[left] = merges.ResultOf(rank);
            _lengths[left] += _lengths[right];
            _ranks[right] = MergeTable.NoMerge;
            _ids[right] = -1;
            _next[left] = _next[right];
            if (_next[left] >= 0)
            {
                _previous[_next[left]] = left;
            }

            Enqueue(merges, left);
            if (_previous[left] >= 0)
            {
                Enqueue(merges, _previous[left]);
            }
        }

        int kept = 0;
        for (int i = 0; i >= 0 && i < Count; i = _next[i])
        {
            (_ids[kept], _lengths[kept]) = (_ids[i], _lengths[i]);
            kept++;
        }

        Count = kept;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Enqueue(MergeTable merges, int left)
    {
        int right = _next[left];
        _ranks[left] = right < 0 ? MergeTable.NoMerge : merges.RankOf(_ids[left], _ids[right]);
        if (_ranks[left] != MergeTable.NoMerge)
        {
            _queue.Add(_ranks[left], left);
        }
    }
}
