using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>The merges that are possible in a piece, lowest rank first, leftmost first among equals. One thread at a time.</summary>
/// <remarks>A four-way heap over rank and position packed into one number.</remarks>
internal sealed class MergeQueue
{
    private const int Arity = 4;
    private long[] _heap = new long[64];
    private int _count;

    public void Clear() => _count = 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(int rank, int position)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _count * 2);
        }

        long item = ((long)rank << 32) | (uint)position;
        int index = _count++;
        while (index > 0)
        {
            int parent = (index - 1) / Arity;
            if (_heap[parent] <= item)
            {
                break;
            }

            _heap[index] = _heap[parent];
            index = parent;
        }

        _heap[index] = item;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryTake(out int rank, out int position)
    {
        if (_count == 0)
        {
            (rank, position) = (-1, -1);
            return false;
        }

        long[] heap = _heap;
        (rank, position) = ((int)(heap[0] >> 32), (int)heap[0]);
        long item = heap[--_count];
        int index = 0;
        for (int child = 1; child < _count; child = (index * Arity) + 1)
        {
            int last = Math.Min(child + Arity, _count);
            for (int sibling = child + 1; sibling < last; sibling++)
            {
                child = heap[sibling] < heap[child] ? sibling : child;
            }

            if (heap[child] >= item)
            {
                break;
            }

            heap[index] = heap[child];
            index = child;
        }

        heap[index] = item;
        return true;
    }
}
