namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>A node of <see cref="LoraShrink"/>. Allocates nothing in a run but the first on a stream.</summary>
/// <param name="kernels">What is launched.</param>
/// <param name="streams">Streams to work on beside the product; disposed with this.</param>
/// <param name="node">Operator and node, for messages.</param>
/// <param name="parts">Parts of the fused product.</param>
/// <param name="isSerial">Whether the work stays on ONNX Runtime's stream.</param>
/// <param name="isAhead">Whether the product behind it waits for x itself where rows are few.</param>
/// <param name="isLate">Whether slots may come from the kernel in front.</param>
internal sealed unsafe class LoraShrinkKernel(
    LoraKernels kernels, StreamTable<SideStream>.Holder streams, string node, int parts, bool isSerial, bool isAhead, bool isLate)
    : OperatorKernel
{
    // Measured up to here; more rows leave no multiprocessor idle beside the product.
    private const int MostRowsBeside = 32;
    private const int Bytes = 2;

    /// <inheritdoc/>
    public override void Compute(KernelContext context)
    {
        KernelTensor x = context.Input(0);
        KernelTensor slot = context.Input(1);
        KernelTensor a = context.Input(2);
        KernelTensor ranks = context.Input(3);
        ReadOnlySpan<long> shape = x.Shape;
        ReadOnlySpan<long> table = a.Shape;
        int rows = RowShapes.Rows(node, "x", shape, out int width);
        RowShapes.CheckTableOfA(node, table, width, parts);
        if (ranks.Exists)
        {
            RowShapes.CheckRanks(node, ranks.Shape, table[0]);
        }

        int totalRank = (int)table[1];
        int slotStep = RowShapes.SlotStep(node, slot.Shape, rows);
        KernelTensor same = context.Output(0, shape);
        ReadOnlySpan<long> sums = [rows, totalRank];
        KernelTensor h = context.Output(1, sums);
        nint stream = context.Stream;
        if (rows == 0)
        {
            return;
        }

        if (same.Data != x.Data)
        {
            kernels.Copy((nint)same.Data, (nint)x.Data, (long)rows * width * Bytes, stream);
        }

        if (totalRank == 0)
        {
            return;
        }

        ShrinkArguments arguments = new()
        {
            X = (nint)same.Data,
            Slot = (nint)slot.Data,
            Ranks = ranks.Exists ? (nint)ranks.Data : 0,
            A = (nint)a.Data,
            H = (nint)h.Data,
            Chunks = width / 8,
            Rank = totalRank / parts,
            TotalRank = totalRank,
            Rows = rows,
            SlotStep = slotStep,
            Slots = (int)table[0],
            Late = isLate ? 1 : 0,
        };
        if (isSerial || rows > MostRowsBeside)
        {
            arguments.Ahead = isSerial && isAhead && LoraKernels.IsAhead(rows) ? 1 : 0;
            kernels.Shrink(ref arguments, stream, dependent: arguments.Ahead == 0 || !isLate);
            return;
        }

        SideStream side = streams.Of(stream);
        nint beside = side.Fork(stream);
        kernels.Shrink(ref arguments, beside, dependent: false);
        side.EndFork();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        streams.Dispose();
        base.Dispose();
    }
}
