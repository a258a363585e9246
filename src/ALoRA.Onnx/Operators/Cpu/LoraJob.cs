namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>One run of one LoraAdd: what its tasks share.</summary>
internal unsafe struct LoraJob
{
    /// <summary>The base's product, [rows, out].</summary>
    public float* Base;

    /// <summary>The activations, [rows, in].</summary>
    public float* X;

    /// <summary>The result, [rows, out]; may be <see cref="Base"/>.</summary>
    public float* Y;

    /// <summary>A slot for all rows or one for each.</summary>
    public int* Slots;

    /// <summary>0 if all rows have one slot, else 1.</summary>
    public int SlotStep;

    /// <summary>The table of A, [slots, in, parts · rank].</summary>
    public byte* A;

    /// <summary>The table of B, [slots, rank, out].</summary>
    public byte* B;

    /// <summary>Rank of each slot; null if all have <see cref="Rank"/>.</summary>
    public int* Ranks;

    /// <summary>Number of slots.</summary>
    public int SlotCount;

    /// <summary>Sizes of the fused outputs.</summary>
    public int* Parts;

    /// <summary>Number of fused outputs.</summary>
    public int PartCount;

    /// <summary>Number of rows.</summary>
    public int Rows;

    /// <summary>Inputs of a row.</summary>
    public int In;

    /// <summary>Outputs of a row.</summary>
    public int Out;

    /// <summary>Largest rank that a slot has room for.</summary>
    public int Rank;

    /// <summary>Few rows: those that have an adapter, ordered by slot.</summary>
    public int* Order;

    /// <summary>Few rows: how many have an adapter.</summary>
    public int Adapted;

    /// <summary>Few rows: sums of A·x, [units, adapted, parts · rank].</summary>
    public float* Sums;

    /// <summary>Few rows: into how many pieces each product is cut.</summary>
    public int Units;

    /// <summary>Few rows: pieces of A·x that have been taken.</summary>
    public int TakenShrinks;

    /// <summary>Few rows: pieces of A·x that are done.</summary>
    public int DoneShrinks;

    /// <summary>Few rows: pieces of B·h that have been taken.</summary>
    public int TakenExpands;

    /// <summary>Many rows: rows of a chunk.</summary>
    public int ChunkRows;

    /// <summary>Many rows: chunks that have been taken.</summary>
    public int TakenChunks;

    /// <summary>Many rows: place of a task's sums of A·x and order of its rows.</summary>
    public byte* Scratch;

    /// <summary>Many rows: from one task's place to the next one's, in bytes.</summary>
    public long ScratchBytes;

    /// <summary>Sums of one row: parts · rank.</summary>
    public readonly int Width => PartCount * Rank;

    /// <summary>The slot of a row; -1 is the base.</summary>
    public readonly int SlotOf(int row) => Slots[row * SlotStep];

    /// <summary>The rank of a slot.</summary>
    public readonly int RankOf(int slot) => Ranks is null ? Rank : Ranks[slot];

    /// <summary>Writes the rows that have an adapter in the order of their slots, so that neighbours read the same weights.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="order">Place for as many.</param>
    /// <returns>How many there are.</returns>
    public readonly int OrderRows(int first, int count, int* order)
    {
        int found = 0;
        for (int row = first; row < first + count; row++)
        {
            int slot = SlotOf(row);
            if (slot < 0 || RankOf(slot) == 0)
            {
                continue;
            }

            int at = found++;
            for (; at > 0 && SlotOf(order[at - 1]) > slot; at--)
            {
                order[at] = order[at - 1];
            }

            order[at] = row;
        }

        return found;
    }
}
