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
            float sum = 0;
            for (int lane = 0; lane < TLanes.Count; lane++)
            {
                sum += memory.Sums[(i * Lanes) + lane];
            }

            RunningSoftmax<TLanes, TVector>.Multiply(results[i], j->Size, 1 / sum);
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
        int at = 0;
        for (; at + 4 <= count; at += 4)
        {
            AttentionProducts<TLanes, TVector>.ScoreFour(queries + at, memory.Keys, j->Size, memory.Scores);
            int first = 0;
            int end = Block;
            for (int i = 0; i < 4; i++)
            {
                Weigh(j, rows[at + i], start, results[at + i], memory.Scores + (i * Block), memory.From(at + i));
                first = Math.Max(first, FirstOf(j, rows[at + i], start));
                end = Math.Min(end, EndOf(j, rows[at + i], start));
            }

            // What one of them does not see may be no number, and 0 times that is none, too: keys that not all of them see are each one's.
            if (first >= end)
            {
                (first, end) = (0, 0);
            }

            for (int i = 0; i < 4 && end > 0; i++)
            {
                int own = FirstOf(j, rows[at + i], start);
                Add(j, memory.Scores + (i * Block), own, first, values, results[at + i]);
            }

            AttentionProducts<TLanes, TVector>.AddFour(
                memory.Scores + first, values + ((long)first * j->Size), end - first, j->Size, results + at);
            for (int i = 0; i < 4; i++)
            {
                int own = Math.Max(FirstOf(j, rows[at + i], start), end);
                Add(j, memory.Scores + (i * Block), own, EndOf(j, rows[at + i], start), values, results[at + i]);
            }
        }

        for (; at < count; at++)
        {
            AttentionProducts<TLanes, TVector>.ScoreOne(queries[at], memory.Keys, j->Size, memory.Scores);
            Weigh(j, rows[at], start, results[at], memory.Scores, memory.From(at));
            Add(j, memory.Scores, FirstOf(j, rows[at], start), EndOf(j, rows[at], start), values, results[at]);
        }
    }

    private static void Weigh(AttentionJob* j, int row, int start, float* result, float* scores, in TaskMemory memory)
    {
        float factor = RunningSoftmax<TLanes, TVector>.Weigh(
            scores, FirstOf(j, row, start), EndOf(j, row, start), j->SoftCap, memory.Largest, memory.Sums);
        if (factor != 1)
        {
            RunningSoftmax<TLanes, TVector>.Multiply(result, j->Size, factor);
        }
    }

    private static void Add(AttentionJob* j, float* weights, int from, int end, float* values, float* result)
    {
        if (from < end)
        {
            AttentionProducts<TLanes, TVector>.AddOne(
                weights + from, values + ((long)from * j->Size), end - from, j->Size, result);
        }
    }

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
        }

        private TaskMemory(in TaskMemory whole, int query)
        {
            Keys = whole.Keys;
            Scores = whole.Scores;
            Largest = whole.Largest + query;
            Sums = whole.Sums + (query * Lanes);
        }

        /// <summary>A block of keys, [size, block].</summary>
        public float* Keys { get; }

        /// <summary>Scores of four queries, [4, block].</summary>
        public float* Scores { get; }

        /// <summary>Largest score of each query.</summary>
        public float* Largest { get; }

        /// <summary>Sums of the weights of each query, [queries, lanes].</summary>
        public float* Sums { get; }

        /// <summary>The memory as queries from one on have it.</summary>
        public TaskMemory From(int query) => new(this, query);
    }
}
