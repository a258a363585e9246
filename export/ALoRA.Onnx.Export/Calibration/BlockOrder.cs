namespace ALoRA.Onnx.Export.Calibration;

/// <summary>
/// The order in which the blocks of a row are quantized. The inputs that matter most come first, when all others are left to make up
/// for their errors (GPTQ's <c>act_order</c>, block by block, so that blocks stay what the kernel knows). <see cref="ErrorFeedback"/>
/// goes from the last place to the first, so the most important block has the last place.
/// </summary>
internal sealed class BlockOrder
{
    private BlockOrder(int[] blocks, int[] starts, int blockSize, int columns)
    {
        Blocks = blocks;
        Starts = starts;
        BlockSize = blockSize;
        Columns = columns;
    }

    /// <summary>Index of the block at each place.</summary>
    public IReadOnlyList<int> Blocks { get; }

    /// <summary>First index of each place's weights in permuted order.</summary>
    public IReadOnlyList<int> Starts { get; }

    public int BlockSize { get; }

    public int Columns { get; }

    /// <summary>Number of weights at a place; the row's last block may be short.</summary>
    public int LengthAt(int place) => Math.Min(BlockSize, Columns - (Blocks[place] * BlockSize));

    /// <summary>The order for second moments <c>[columns, columns]</c>.</summary>
    public static BlockOrder ByImportance(float[] moments, int columns, int blockSize)
    {
        int count = (columns + blockSize - 1) / blockSize;
        double[] importance = new double[count];
        for (int i = 0; i < columns; i++)
        {
            importance[i / blockSize] += moments[((long)i * columns) + i];
        }

        int[] blocks = [.. Enumerable.Range(0, count).OrderBy(block => importance[block])];
        int[] starts = new int[count];
        int next = 0;
        for (int place = 0; place < count; place++)
        {
            starts[place] = next;
            next += Math.Min(blockSize, columns - (blocks[place] * blockSize));
        }

        return new BlockOrder(blocks, starts, blockSize, columns);
    }

    /// <summary>Rows and columns of a matrix <c>[columns, columns]</c> in permuted order.</summary>
    public float[] Permute(float[] matrix)
    {
        float[] result = new float[matrix.Length];
        Parallel.For(0, Blocks.Count, place =>
        {
            for (int i = 0; i < LengthAt(place); i++)
            {
                int row = (Blocks[place] * BlockSize) + i;
                PermuteRow(matrix.AsSpan(row * Columns, Columns), result.AsSpan((Starts[place] + i) * Columns, Columns));
            }
        });
        return result;
    }

    /// <summary>A row in permuted order.</summary>
    public void PermuteRow(ReadOnlySpan<float> row, Span<float> permuted)
    {
        for (int place = 0; place < Blocks.Count; place++)
        {
            row.Slice(Blocks[place] * BlockSize, LengthAt(place)).CopyTo(permuted[Starts[place]..]);
        }
    }
}
