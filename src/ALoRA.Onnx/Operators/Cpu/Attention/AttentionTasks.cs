using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Operators.Cpu.Attention;

/// <summary>What the threads of a run do. Nothing here throws or allocates.</summary>
/// <typeparam name="TLanes">Width of the instructions.</typeparam>
/// <typeparam name="TVector">Their numbers.</typeparam>
internal abstract unsafe class AttentionTasks<TLanes, TVector>
    where TLanes : ILanes<TVector>
    where TVector : struct
{
    private const int Block = AttentionJob.Block;
    private const int Lanes = AttentionJob.MostLanes;

    /// <summary>Takes pieces until there are none: some queries of one head of keys, over all of their keys.</summary>
    public static void Run(void* job, int task)
    {
        AttentionJob* j = (AttentionJob*)job;
        TaskMemory memory = new(j->Scratch + (task * j->TaskBytes), j->Size);
        int units = j->KeyHeads * j->Pieces;
        for (int unit; (unit = Interlocked.Increment(ref j->Taken) - 1) < units;)
        {
            (int head, int piece) = Math.DivRem(unit, j->Pieces);
            long queries = (long)j->Rows * j->Group;
            int from = (int)(queries * piece / j->Pieces);
            int count = (int)(queries * (piece + 1) / j->Pieces) - from;
            if (count > 0)
            {
                Attend(j, head, from, count, memory);
            }
        }
    }

    [SkipLocalsInit]
    private static void Attend(AttentionJob* j, int head, int from, int count, in TaskMemory memory)
    {
        float** queries = stackalloc float*[AttentionJob.MostQueries];
        float** results = stackalloc float*[AttentionJob.MostQueries];
        int* rows = stackalloc int[AttentionJob.MostQueries];
        int firstBlock = int.MaxValue;
        int lastBlock = 0;
        for (int i = 0; i < count; i++)
        {
            (int place, int member) = Math.DivRem(from + i, j->Group);
            rows[i] = j->Order[place];
            long at = (((long)rows[i] * j->Heads) + ((long)head * j->Group) + member) * j->Size;
            queries[i] = j->Queries + at;
            results[i] = j->Y + at;
            new Span<float>(results[i], j->Size).Clear();
            memory.Largest[i] = float.NegativeInfinity;
            firstBlock = Math.Min(firstBlock, j->FirstOf(rows[i]) / Block);
            lastBlock = Math.Max(lastBlock, (int)(j->Positions[rows[i]] / Block));
        }

        new Span<float>(memory.Sums, count * Lanes).Clear();
        for (int block = firstBlock; block <= lastBlock; block++)
        {
            for (int at = 0, end; at < count; at = end)
            {
                end = at + 1;
                if (!Sees(j, rows[at], block))
                {
                    continue;
                }

                long source = j->SourceOf(rows[at], block, out long capacity);
                while (end < count && Sees(j, rows[end], block) && j->SourceOf(rows[end], block, out _) == source)
                {
                    end++;
                }

                long place = source + (((head * capacity) + ((long)block * Block)) * j->Size);
                AddBlock(j, block, place, rows + at, queries + at, results + at, end - at, memory.From(at));
            }
        }

        for (int i = 0; i < count; i++)
        {
            double sum = 0;
            for (int lane = 0; lane < Lanes; lane++)
            {
                sum += memory.Sums[(i * Lanes) + lane];
            }

            Span<float> result = new(results[i], j->Size);
            TensorPrimitives.Divide(result, (float)sum, result);
        }
    }

    private static bool Sees(AttentionJob* j, int row, int block) =>
        j->Positions[row] >= (long)block * Block && j->FirstOf(row) < (long)(block + 1) * Block;

    // A block of keys for queries that read it in the same place.
    private static void AddBlock(
        AttentionJob* j, int block, long place, int* rows, float** queries, float** results, int count, in TaskMemory memory)
    {
        int start = block * Block;
        int keys = 0;
        for (int i = 0; i < count; i++)
        {
            keys = Math.Max(keys, EndOf(j, rows[i], start));
        }

        KeyBlock.Transpose(j->Keys + place, keys, j->Size, memory.Keys);
        float* values = j->Values + place;
        float* factors = stackalloc float[4];
        for (int at = 0, four; at < count; at += four)
        {
            four = at + 4 <= count ? 4 : 1;
            if (four == 4)
            {
                AttentionProducts<TLanes, TVector>.ScoreFour(queries + at, memory.Keys, j->Size, memory.ScoreSums, memory.Scores);
            }
            else
            {
                AttentionProducts<TLanes, TVector>.ScoreOne(queries[at], memory.Keys, j->Size, memory.ScoreSums, memory.Scores);
            }

            for (int i = 0; i < four; i++)
            {
                factors[i] = Weigh(j, rows[at + i], start, memory.Scores + (i * Block), memory.From(at + i));
            }

            ValueSums sums = new() { Part = memory.Part, Size = j->Size, Results = results + at, Factors = factors };
            if (four == 4)
            {
                AddFour(j, rows + at, start, values, memory.Scores, sums);
            }
            else
            {
                int first = FirstOf(j, rows[at], start);
                Add(memory.Scores, first, EndOf(j, rows[at], start), values, sums);
            }
        }
    }

    private static void AddFour(AttentionJob* j, int* rows, int start, float* values, float* weights, in ValueSums sums)
    {
        int first = 0, end = Block, least = Block, most = 0;
        for (int i = 0; i < 4; i++)
        {
            int own = FirstOf(j, rows[i], start), ownEnd = EndOf(j, rows[i], start);
            (first, end) = (Math.Max(first, own), Math.Min(end, ownEnd));
            (least, most) = (Math.Min(least, own), Math.Max(most, ownEnd));
        }

        if (first == least && end == most)
        {
            AttentionProducts<TLanes, TVector>.AddFour(weights + first, values + ((long)first * j->Size), end - first, j->Size, sums);
            return;
        }

        // What one of them does not see may be no number, and 0 times that is none, too: keys that not all of them see are each one's.
        end = Math.Max(first, end);
        ValueSums part = sums with { Factors = null }, whole = sums with { GoesOn = true };
        for (int i = 0; i < 4; i++)
        {
            int own = FirstOf(j, rows[i], start);
            Add(weights + (i * Block), own, Math.Min(first, EndOf(j, rows[i], start)), values, part.Of(i));
        }

        AttentionProducts<TLanes, TVector>.AddFour(
            weights + first, values + ((long)first * j->Size), end - first, j->Size, part with { GoesOn = true });
        for (int i = 0; i < 4; i++)
        {
            int ownEnd = EndOf(j, rows[i], start);
            Add(weights + (i * Block), Math.Min(end, ownEnd), ownEnd, values, whole.Of(i));
        }
    }

    private static float Weigh(AttentionJob* j, int row, int start, float* scores, in TaskMemory memory) =>
        RunningSoftmax<TLanes, TVector>.Weigh(
            scores, FirstOf(j, row, start), EndOf(j, row, start), j->Scale, j->SoftCap, memory.Largest, memory.Sums);

    private static void Add(float* weights, int from, int end, float* values, in ValueSums sums) =>
        AttentionProducts<TLanes, TVector>.AddOne(
            weights + from, values + ((long)from * sums.Size), end - from, sums.Size, sums);

    // The keys of a block that a row sees.
    private static int FirstOf(AttentionJob* j, int row, int start) => Math.Max(j->FirstOf(row) - start, 0);

    private static int EndOf(AttentionJob* j, int row, int start) => (int)Math.Min(j->Positions[row] + 1 - start, Block);

    /// <summary>Memory of one task.</summary>
    private readonly struct TaskMemory
    {
        /// <summary>Divides the memory of a task.</summary>
        public TaskMemory(byte* memory, int size)
        {
            Keys = (float*)memory;
            Scores = Keys + ((long)Block * size);
            Largest = Scores + (4 * Block);
            Sums = Largest + AttentionJob.MostQueries;
            Part = Sums + (AttentionJob.MostQueries * Lanes);
            ScoreSums = Part + (4L * size);
        }

        private TaskMemory(in TaskMemory whole, int query)
        {
            Keys = whole.Keys;
            Scores = whole.Scores;
            Largest = whole.Largest + query;
            Sums = whole.Sums + (query * Lanes);
            Part = whole.Part;
            ScoreSums = whole.ScoreSums;
        }

        /// <summary>A block of keys, [size, block].</summary>
        public float* Keys { get; }

        /// <summary>Scores of four queries, [4, block].</summary>
        public float* Scores { get; }

        /// <summary>Largest score of each query.</summary>
        public float* Largest { get; }

        /// <summary>Sums of the weights of each query, [queries, lanes].</summary>
        public float* Sums { get; }

        /// <summary>Sums of values of four queries over keys of one block, [4, size].</summary>
        public float* Part { get; }

        /// <summary>Sums that scores are made of.</summary>
        public float* ScoreSums { get; }

        /// <summary>The memory as queries from one on have it.</summary>
        public TaskMemory From(int query) => new(this, query);
    }
}
