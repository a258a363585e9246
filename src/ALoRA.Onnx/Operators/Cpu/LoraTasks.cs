using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>What the threads of a run do. Nothing here throws or allocates: other threads wait for what a thread has taken.</summary>
/// <typeparam name="TElement">How A and B are stored.</typeparam>
internal static unsafe class LoraTasks<TElement>
    where TElement : IElement
{
    // 16 KiB of float32, which stay in the first cache while some rows pass over them.
    private const int BlockWeights = 4096;
    private const int SpinsBeforeYield = 500;

    // From so many rows of one adapter on it pays to lay a block of B out in one piece, and to widen bfloat16 once for all of them.
    private const int RowsToPackB = 4;
    private const int RowsToWidenA = 8;

    /// <summary>
    /// Few rows: both products are cut into pieces, in one parallel section. A thread takes pieces until there are none, and then waits
    /// for those that a running thread has taken, never for a thread that has yet to start: so it ends however many threads there are.
    /// </summary>
    public static void Split(void* job, int task)
    {
        LoraJob* j = (LoraJob*)job;
        int units = j->Units;
        for (int unit; (unit = Interlocked.Increment(ref j->TakenShrinks) - 1) < units;)
        {
            ShrinkUnit(j, unit);
            Interlocked.Increment(ref j->DoneShrinks);
        }

        for (int spins = 0; Volatile.Read(ref j->DoneShrinks) < units; spins++)
        {
            if (spins < SpinsBeforeYield)
            {
                Thread.SpinWait(1);
            }
            else
            {
                Thread.Yield();
            }
        }

        for (int unit; (unit = Interlocked.Increment(ref j->TakenExpands) - 1) < units;)
        {
            ExpandUnit(j, unit);
        }
    }

    /// <summary>Many rows: each chunk of rows from start to end on one thread.</summary>
    public static void Chunk(void* job, int task)
    {
        LoraJob* j = (LoraJob*)job;
        byte* scratch = j->Scratch + (task * j->ScratchBytes);
        int* order = (int*)scratch;
        float* h = (float*)(scratch + ((long)j->ChunkRows * sizeof(int)));
        for (int first; (first = (Interlocked.Increment(ref j->TakenChunks) - 1) * j->ChunkRows) < j->Rows;)
        {
            int rows = Math.Min(j->ChunkRows, j->Rows - first);
            CopyBase(j, first, rows, 0, j->Out);
            int count = j->OrderRows(first, rows, order);
            Shrink(j, order, count, 0, j->In, h);
            Expand(j, order, count, 0, j->Out, h);
        }
    }

    private static void ShrinkUnit(LoraJob* j, int unit)
    {
        int from = Share(j->In, unit, j->Units);
        Shrink(j, j->Order, j->Adapted, from, Share(j->In, unit + 1, j->Units), SumsOf(j, unit));
    }

    private static void ExpandUnit(LoraJob* j, int unit)
    {
        // Whole lines of the cache, so that no two threads write one.
        int from = Share(j->Out, unit, j->Units) & ~15;
        int to = unit == j->Units - 1 ? j->Out : Share(j->Out, unit + 1, j->Units) & ~15;
        if (from >= to)
        {
            return;
        }

        // Each unit adds up for itself: a few hundred numbers, against a wait for all others.
        float* h = SumsOf(j, 0);
        if (j->Units > 1)
        {
            int size = j->Adapted * j->Width;
            Span<float> total = new(SumsOf(j, j->Units + unit), size);
            new Span<float>(h, size).CopyTo(total);
            for (int other = 1; other < j->Units; other++)
            {
                TensorPrimitives.Add(total, new ReadOnlySpan<float>(SumsOf(j, other), size), total);
            }

            h = SumsOf(j, j->Units + unit);
        }

        CopyBase(j, 0, j->Rows, from, to);
        Expand(j, j->Order, j->Adapted, from, to, h);
    }

    private static float* SumsOf(LoraJob* j, int place) => j->Sums + ((long)place * j->Adapted * j->Width);

    private static int Share(int size, int unit, int units) => (int)((long)size * unit / units);

    // Rows without an adapter, where the result has memory of its own.
    private static void CopyBase(LoraJob* j, int first, int rows, int from, int to)
    {
        if (j->Y == j->Base)
        {
            return;
        }

        for (int row = first; row < first + rows; row++)
        {
            int slot = j->SlotOf(row);
            if (slot < 0 || j->RankOf(slot) == 0)
            {
                long at = ((long)row * j->Out) + from;
                long bytes = (to - from) * (long)sizeof(float);
                Buffer.MemoryCopy(j->Base + at, j->Y + at, bytes, bytes);
            }
        }
    }

    private static int SameSlot(LoraJob* j, int* order, int at, int count)
    {
        int slot = j->SlotOf(order[at]);
        int end = at + 1;
        while (end < count && j->SlotOf(order[end]) == slot)
        {
            end++;
        }

        return end - at;
    }

    // h = A·x over some of the inputs.
    private static void Shrink(LoraJob* j, int* order, int count, int from, int to, float* h)
    {
        new Span<float>(h, count * j->Width).Clear();
        for (int at = 0, rows; at < count; at += rows)
        {
            rows = SameSlot(j, order, at, count);
            int slot = j->SlotOf(order[at]);
            int rank = j->PartCount * j->RankOf(slot);
            byte* a = j->A + ((((long)slot * j->In * j->Width) + ((long)from * rank)) * TElement.Size);
            float* sums = h + ((long)at * j->Width);
            if (rows == 1)
            {
                LoraKernels<TElement>.ShrinkOne(j->X + ((long)order[at] * j->In) + from, a, rank, to - from, sums);
            }
            else
            {
                ShrinkRows(j, order + at, rows, from, to, a, rank, sums);
            }
        }
    }

    // Weights in blocks that stay in the first cache until all rows have passed over them.
    [SkipLocalsInit]
    private static void ShrinkRows(LoraJob* j, int* order, int rows, int from, int to, byte* a, int rank, float* h)
    {
        float* wide = stackalloc float[BlockWeights];
        float** x = stackalloc float*[4];
        int inputs = Math.Max(BlockWeights / rank, 1);
        bool isWidened = TElement.Size != sizeof(float) && rows >= RowsToWidenA && rank <= BlockWeights;
        for (int input = from; input < to; input += inputs, a += (long)inputs * rank * TElement.Size)
        {
            int block = Math.Min(inputs, to - input);
            if (isWidened)
            {
                LoraKernels<TElement>.Widen(a, block * rank, wide);
            }

            int row = 0;
            for (; row + 4 <= rows; row += 4)
            {
                for (int i = 0; i < 4; i++)
                {
                    x[i] = j->X + ((long)order[row + i] * j->In) + input;
                }

                float* sums = h + ((long)row * j->Width);
                if (isWidened)
                {
                    LoraKernels<SingleElement>.ShrinkFour(x, (byte*)wide, rank, block, sums, j->Width);
                }
                else
                {
                    LoraKernels<TElement>.ShrinkFour(x, a, rank, block, sums, j->Width);
                }
            }

            for (; row < rows; row++)
            {
                float* one = j->X + ((long)order[row] * j->In) + input;
                LoraKernels<TElement>.ShrinkOne(one, a, rank, block, h + ((long)row * j->Width));
            }
        }
    }

    // y = base + B·h for some of the outputs.
    private static void Expand(LoraJob* j, int* order, int count, int from, int to, float* h)
    {
        for (int part = 0, start = 0, end; part < j->PartCount; part++, start = end)
        {
            end = start + j->Parts[part];
            int first = Math.Max(from, start);
            int last = Math.Min(to, end);
            for (int at = 0, rows; first < last && at < count; at += rows)
            {
                rows = SameSlot(j, order, at, count);
                int slot = j->SlotOf(order[at]);
                int rank = j->RankOf(slot);
                byte* b = j->B + ((((long)slot * j->Rank * j->Out) + first) * TElement.Size);
                float* sums = h + ((long)at * j->Width) + (part * rank);
                if (rows == 1)
                {
                    long y = ((long)order[at] * j->Out) + first;
                    LoraKernels<TElement>.ExpandOne(
                        sums, b, (long)j->Out * TElement.Size, rank, last - first, j->Base + y, j->Y + y);
                }
                else
                {
                    ExpandRows(j, order + at, rows, first, last, b, rank, sums);
                }
            }
        }
    }

    [SkipLocalsInit]
    private static void ExpandRows(LoraJob* j, int* order, int rows, int from, int to, byte* b, int rank, float* h)
    {
        float* packed = stackalloc float[BlockWeights];
        long step = (long)j->Out * TElement.Size;
        int outputs = Math.Max(BlockWeights / rank & ~15, 16);
        bool isPacked = rows >= RowsToPackB && (long)outputs * rank <= BlockWeights;
        for (int output = from; output < to; output += outputs, b += (long)outputs * TElement.Size)
        {
            int block = Math.Min(outputs, to - output);
            if (!isPacked)
            {
                ExpandBlock<TElement>(j, order, rows, output, block, b, step, rank, h);
                continue;
            }

            for (int k = 0; k < rank; k++)
            {
                LoraKernels<TElement>.Widen(b + (k * step), block, packed + (k * outputs));
            }

            ExpandBlock<SingleElement>(j, order, rows, output, block, (byte*)packed, outputs * sizeof(float), rank, h);
        }
    }

    private static void ExpandBlock<TWeights>(
        LoraJob* j, int* order, int rows, int output, int outputs, byte* b, long step, int rank, float* h)
        where TWeights : IElement
    {
        float** from = stackalloc float*[4];
        float** y = stackalloc float*[4];
        int row = 0;
        for (; row + 4 <= rows; row += 4)
        {
            for (int i = 0; i < 4; i++)
            {
                long at = ((long)order[row + i] * j->Out) + output;
                from[i] = j->Base + at;
                y[i] = j->Y + at;
            }

            LoraKernels<TWeights>.ExpandFour(h + ((long)row * j->Width), j->Width, b, step, rank, outputs, from, y);
        }

        for (; row < rows; row++)
        {
            long at = ((long)order[row] * j->Out) + output;
            LoraKernels<TWeights>.ExpandOne(h + ((long)row * j->Width), b, step, rank, outputs, j->Base + at, j->Y + at);
        }
    }
}
