namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>Reads and checks the shapes that operators get. Messages name operator, input, and what was expected.</summary>
internal static class RowShapes
{
    /// <summary>Rows of a tensor whose last dimension is what a row holds.</summary>
    /// <param name="node">The operator and its node, for messages.</param>
    /// <param name="input">The input's name.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="width">Its last size, a multiple of 8.</param>
    public static int Rows(string node, string input, ReadOnlySpan<long> shape, out int width)
    {
        if (shape.Length == 0 || shape[^1] <= 0 || shape[^1] % 8 != 0 || shape[^1] > int.MaxValue)
        {
            throw Wrong(node, input, "a last dimension that is a multiple of 8", shape);
        }

        width = (int)shape[^1];
        long rows = 1;
        foreach (long size in shape[..^1])
        {
            rows *= size;
        }

        return rows is >= 0 and <= int.MaxValue ? (int)rows : throw Wrong(node, input, $"at most {int.MaxValue} rows", shape);
    }

    /// <summary>How far the slots of two rows are apart: 0 where there is one for all, else 1.</summary>
    public static int SlotStep(string node, ReadOnlySpan<long> shape, int rows)
    {
        long count = 1;
        foreach (long size in shape)
        {
            count *= size;
        }

        return count == 1 ? 0 : count == rows ? 1 : throw Wrong(node, "slot", $"one number, or one for each of {rows} rows", shape);
    }

    /// <summary>Checks that a table has three dimensions of which one is known.</summary>
    /// <param name="node">The operator and its node, for messages.</param>
    /// <param name="input">The table's name.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="dimension">Which of them is known.</param>
    /// <param name="size">What it is.</param>
    public static void CheckTable(string node, string input, ReadOnlySpan<long> shape, int dimension, int size)
    {
        if (shape.Length != 3 || shape[dimension] != size || shape[0] > int.MaxValue)
        {
            throw Wrong(node, input, $"three dimensions, of which number {dimension} is {size}", shape);
        }
    }

    /// <summary>Checks a table of A, <c>[slots, R, in]</c>, where R is a multiple of 8 for each part of a fused product.</summary>
    public static void CheckTableOfA(string node, ReadOnlySpan<long> shape, int width, int parts)
    {
        CheckTable(node, "A", shape, 2, width);
        if (shape[1] % (8 * parts) != 0 || shape[1] > PartEnds.MostParts * LoraKernels.MostRank)
        {
            throw Wrong(node, "A", $"a multiple of 8 ranks for each of {parts} parts in dimension 1", shape);
        }
    }

    /// <summary>Checks that a rank is one that kernels are made for.</summary>
    public static int Rank(string node, string input, ReadOnlySpan<long> shape, long rank) =>
        rank is >= 0 and <= LoraKernels.MostRank && rank % 8 == 0
            ? (int)rank
            : throw Wrong(node, input, $"a rank of 8 to {LoraKernels.MostRank} in steps of 8", shape);

    /// <summary>Checks that there is one rank for each slot.</summary>
    public static void CheckRanks(string node, ReadOnlySpan<long> shape, long slots)
    {
        if (shape.Length != 1 || shape[0] != slots)
        {
            throw Wrong(node, "ranks", $"one number for each of {slots} slots", shape);
        }
    }

    /// <summary>What is said of a wrong input.</summary>
    public static ArgumentException Wrong(string node, string input, string expected, ReadOnlySpan<long> shape) =>
        new($"{node}: expected of {input} {expected}, got the shape [{string.Join(", ", shape.ToArray())}].");
}
