namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>How the attention of a run is shared among blocks; <c>Attention.cu</c> has the same sizes of tiles and sets.</summary>
/// <param name="Sets">Sets of queries of a head of keys.</param>
/// <param name="Groups">Heads of keys, times sequences, times sets.</param>
/// <param name="Splits">Blocks that share the cache of a group.</param>
/// <param name="PartRows">Rows that a block leaves for the one that adds them up.</param>
internal readonly record struct AttentionSplit(int Sets, int Groups, int Splits, int PartRows)
{
    /// <summary>Queries of a tile, which one warp at a time computes.</summary>
    public const int QueriesOfTile = 16;

    private const int QueriesOfSet = 64;
    private const int MostSplits = 32;

    // About two for each multiprocessor of the largest GPUs.
    private const int WantedBlocks = 256;

    // Behind the numbers of a row that a block found: maximum, sum, and what keeps the next one aligned.
    private const int Beside = 4;

    /// <summary>Shares a run.</summary>
    /// <param name="batch">Sequences.</param>
    /// <param name="keyValueHeads">Heads of keys.</param>
    /// <param name="queries">New rows of a sequence, times heads of queries for each head of keys.</param>
    public static AttentionSplit Of(int batch, int keyValueHeads, int queries)
    {
        int sets = (queries + QueriesOfSet - 1) / QueriesOfSet;
        int groups = batch * keyValueHeads * sets;
        return new AttentionSplit(
            sets, groups, Math.Clamp(WantedBlocks / Math.Max(groups, 1), 1, MostSplits),
            Math.Min(QueriesOfSet, (queries + QueriesOfTile - 1) / QueriesOfTile * QueriesOfTile));
    }

    /// <summary>Numbers in float32 that all blocks leave, for heads of a size.</summary>
    public long PartNumbers(int size) => (long)Groups * Splits * PartRows * (size + Beside);
}
