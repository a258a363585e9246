using System.Numerics;
using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators.Cpu.Attention;

/// <summary>One run of one SlotAttention: what its tasks share.</summary>
internal unsafe struct AttentionJob
{
    /// <summary>
    /// Keys that are multiplied at once. Sums are cut there wherever a row stands, so that they are the same in every run.
    /// </summary>
    public const int Block = 64;

    /// <summary>Most queries that a task takes at once.</summary>
    public const int MostQueries = 64;

    /// <summary>Most lanes of a vector.</summary>
    public const int MostLanes = 16;

    /// <summary>
    /// Elements of a head that are multiplied and summed at once: the sums are added in pairs, so that few roundings are as large as
    /// the whole.
    /// </summary>
    public const int Part = 8;

    /// <summary>Rotated queries, [rows, heads · d].</summary>
    public float* Queries;

    /// <summary>Memory of all slots' keys.</summary>
    public float* Keys;

    /// <summary>Memory of all slots' values.</summary>
    public float* Values;

    /// <summary>The result, [rows, heads · d].</summary>
    public float* Y;

    /// <summary>Where each row's slot lies.</summary>
    public CacheSlot* Slots;

    /// <summary>Place of each row's token in its slot.</summary>
    public long* Positions;

    /// <summary>The rows, ordered by what they read first.</summary>
    public int* Order;

    /// <summary>Number of rows.</summary>
    public int Rows;

    /// <summary>Heads of queries.</summary>
    public int Heads;

    /// <summary>Heads of keys.</summary>
    public int KeyHeads;

    /// <summary>Elements of a head.</summary>
    public int Size;

    /// <summary>Positions that a row sees, its own included; the largest number where it sees all.</summary>
    public int Window;

    /// <summary>What scores are multiplied by, not below 0.</summary>
    public float Scale;

    /// <summary>Soft cap of the scores; 0 for none.</summary>
    public float SoftCap;

    /// <summary>Into how many pieces the queries of a head of keys are cut.</summary>
    public int Pieces;

    /// <summary>Pieces that have been taken.</summary>
    public int Taken;

    /// <summary>Memory of the tasks.</summary>
    public byte* Scratch;

    /// <summary>Bytes of a task's memory.</summary>
    public long TaskBytes;

    /// <summary>Queries of a head of keys.</summary>
    public readonly int Group => Heads / KeyHeads;

    /// <summary>Bytes of a task's memory for heads of a size.</summary>
    public static long BytesOfTask(int size) =>
        (((long)(Block + 4) * size) + SumsOfScores(size) + (4 * Block) + MostQueries + (MostQueries * MostLanes)) * sizeof(float);

    /// <summary>Sums of parts that wait for others when scores are computed.</summary>
    public static int SumsOfScores(int size) => 8 * MostLanes * (BitOperations.Log2((uint)(size - 1) / Part | 1) + 1);

    /// <summary>The first position that a row sees.</summary>
    public readonly int FirstOf(int row) => (int)Math.Max(Positions[row] - Window + 1, 0);

    /// <summary>Where a row reads a block: in the slot that it has its first tokens in common with, or in its own.</summary>
    public readonly long SourceOf(int row, int block, out long capacity)
    {
        CacheSlot* slot = Slots + row;
        bool isCommon = (long)(block + 1) * Block <= slot->CommonLength;
        capacity = isCommon ? slot->CommonCapacity : slot->Capacity;
        return isCommon ? slot->CommonOffset : slot->Offset;
    }
}

/// <summary>A row of <c>cache_slots</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CacheSlot
{
    /// <summary>Numbers of a row.</summary>
    public const int Columns = 5;

    /// <summary>First element of the slot.</summary>
    public long Offset;

    /// <summary>Tokens that fit into the slot.</summary>
    public long Capacity;

    /// <summary>First element of another slot with the same first tokens.</summary>
    public long CommonOffset;

    /// <summary>Tokens that fit there.</summary>
    public long CommonCapacity;

    /// <summary>How many are the same; 0 for none.</summary>
    public long CommonLength;
}
