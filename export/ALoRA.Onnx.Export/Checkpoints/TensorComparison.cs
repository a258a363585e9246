using System.Buffers;

namespace ALoRA.Onnx.Export.Checkpoints;

/// <summary>Compares tensors piece by piece, so that a vocabulary's matrices are never in memory as a whole.</summary>
internal static class TensorComparison
{
    private const int PieceByteLength = 1 << 20;

    /// <summary>Whether two tensors have the same shape and, as binary32 where they are encoded differently, the same values.</summary>
    public static bool SameValues(CheckpointTensor left, CheckpointTensor right)
    {
        if (!left.Shape.SequenceEqual(right.Shape))
        {
            return false;
        }

        return left.Encoding == right.Encoding
            ? SamePieces<byte>(left, left.RowByteLength, left.ReadRows, right.ReadRows)
            : SamePieces<float>(left, left.RowLength, left.ReadRowsAsFloat, right.ReadRowsAsFloat);
    }

    private static bool SamePieces<T>(CheckpointTensor tensor, long rowLength, RowReader<T> left, RowReader<T> right)
        where T : unmanaged, IEquatable<T>
    {
        // A row that no array holds belongs to no model; what it is refused for is told by the check of its shape.
        if (rowLength > Array.MaxLength)
        {
            return false;
        }

        int rows = (int)Math.Clamp(PieceByteLength / Math.Max(rowLength, 1), 1, Math.Max(tensor.RowCount, 1));
        T[] first = ArrayPool<T>.Shared.Rent((int)(rows * rowLength));
        T[] second = ArrayPool<T>.Shared.Rent((int)(rows * rowLength));
        try
        {
            for (long row = 0; row < tensor.RowCount; row += rows)
            {
                int count = (int)Math.Min(rows, tensor.RowCount - row);
                int length = (int)(count * rowLength);
                left(row, count, first);
                right(row, count, second);
                if (!first.AsSpan(0, length).SequenceEqual(second.AsSpan(0, length)))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<T>.Shared.Return(first);
            ArrayPool<T>.Shared.Return(second);
        }
    }

    private delegate void RowReader<T>(long firstRow, int rowCount, Span<T> destination);
}
