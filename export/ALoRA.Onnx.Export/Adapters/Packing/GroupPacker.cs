using ALoRA.Onnx.Export.Adapters.Binding;

namespace ALoRA.Onnx.Export.Adapters.Packing;

/// <summary>Lays the low-rank pairs of one group and layer into the group's two tensors: A side by side, B block-diagonal.</summary>
/// <remarks>
/// With y = B·A·x for each module, stored by PEFT as A [r, in] and B [out, r], the graph computes <c>((x · A') ⊙ mask) · B'</c> with A'
/// [in, R] = A transposed, B' [R, out] = B transposed and scaled. Columns of A' and rows of B' past the modules' ranks stay zero, but for a
/// bias of B, scaled as well, which is the last row of B': the graph adds 1 to its zero column of <c>x · A'</c>, before the mask.
/// </remarks>
internal static class GroupPacker
{
    private const int FloatsAtOnce = 64 * 1024;

    /// <param name="modules">The group's adapted modules in one layer, in the order of the group.</param>
    /// <param name="rank">R, the columns of the result.</param>
    /// <param name="values">[in, R], zeros.</param>
    public static void FillA(ReadOnlySpan<BoundModule> modules, int rank, Span<float> values)
    {
        int firstColumn = 0;
        foreach (BoundModule bound in modules)
        {
            Transpose(bound.A, 1, values[firstColumn..], rank);
            firstColumn += bound.Rank;
        }
    }

    /// <param name="modules">The group's adapted modules in one layer, in the order of the group.</param>
    /// <param name="outputSize">Columns of the result.</param>
    /// <param name="values">[R, out], zeros.</param>
    public static void FillB(ReadOnlySpan<BoundModule> modules, int outputSize, Span<float> values)
    {
        int firstRow = 0;
        foreach (BoundModule bound in modules)
        {
            Transpose(bound.B, bound.Scale, values[((firstRow * outputSize) + bound.Module.FirstColumn)..], outputSize);
            firstRow += bound.Rank;
            if (bound.Bias is not null)
            {
                FillBias(bound.Bias, bound.Scale, values[^outputSize..].Slice(bound.Module.FirstColumn, bound.Module.Output.Size));
            }
        }
    }

    private static void FillBias(CheckpointTensor bias, double factor, Span<float> values)
    {
        bias.ReadRowsAsFloat(0, (int)bias.RowCount, values);
        foreach (ref float value in values)
        {
            value = (float)(value * factor);
        }
    }

    // Element [row, column] of the tensor goes to [column, row] of a block of a matrix with the given row length.
    private static void Transpose(CheckpointTensor tensor, double factor, Span<float> block, int rowLength)
    {
        int columns = (int)tensor.RowLength;
        int rowsAtOnce = Math.Max(1, FloatsAtOnce / columns);
        float[] rows = new float[(int)Math.Min(rowsAtOnce, tensor.RowCount) * columns];
        for (int first = 0; first < tensor.RowCount; first += rowsAtOnce)
        {
            int count = (int)Math.Min(rowsAtOnce, tensor.RowCount - first);
            tensor.ReadRowsAsFloat(first, count, rows);
            for (int row = 0; row < count; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    block[(column * rowLength) + first + row] = (float)(rows[(row * columns) + column] * factor);
                }
            }
        }
    }
}
