namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>A node of <see cref="LoraExpand"/>. Allocates nothing in a run but the first on a stream.</summary>
/// <param name="kernels">What is launched.</param>
/// <param name="streams">Streams on which h was computed; disposed with this.</param>
/// <param name="node">Operator and node, for messages.</param>
/// <param name="ends">Parts of the fused product.</param>
internal sealed unsafe class LoraExpandKernel(LoraKernels kernels, StreamTable<SideStream>.Holder streams, string node, PartEnds ends)
    : OperatorKernel
{
    private const int Bytes = 2;

    /// <inheritdoc/>
    public override void Compute(KernelContext context)
    {
        KernelTensor product = context.Input(0);
        KernelTensor h = context.Input(1);
        KernelTensor slot = context.Input(2);
        KernelTensor b = context.Input(3);
        KernelTensor ranks = context.Input(4);
        ReadOnlySpan<long> shape = product.Shape;
        ReadOnlySpan<long> sums = h.Shape;
        ReadOnlySpan<long> table = b.Shape;
        int rows = RowShapes.Rows(node, "base", shape, out int width);
        RowShapes.CheckTable(node, "B", table, 1, width);
        int rank = RowShapes.Rank(node, "B", table, table[2]);
        if (ends.Total != 0 && ends.Total != width)
        {
            throw RowShapes.Wrong(node, "base", $"the {ends.Total} outputs that the attribute parts adds up to", shape);
        }

        if (sums.Length != 2 || sums[0] != rows || sums[1] != (long)rank * ends.Count)
        {
            throw RowShapes.Wrong(node, "h", $"{rows} rows of {ends.Count} times rank {rank}", sums);
        }

        if (ranks.Exists)
        {
            RowShapes.CheckRanks(node, ranks.Shape, table[0]);
        }

        int slotStep = RowShapes.SlotStep(node, slot.Shape, rows);
        KernelTensor y = context.Output(0, shape);
        nint stream = context.Stream;
        if (rows == 0)
        {
            return;
        }

        streams.Of(stream).Join(stream);
        if (rank == 0)
        {
            if (y.Data != product.Data)
            {
                kernels.Copy((nint)y.Data, (nint)product.Data, (long)rows * width * Bytes, stream);
            }

            return;
        }

        ExpandArguments arguments = new()
        {
            Base = (nint)product.Data,
            Y = (nint)y.Data,
            H = (nint)h.Data,
            Slot = (nint)slot.Data,
            Ranks = ranks.Exists ? (nint)ranks.Data : 0,
            B = (nint)b.Data,
            Out = width,
            Rank = rank,
            TotalRank = (int)sums[1],
            Rows = rows,
            SlotStep = slotStep,
            Slots = (int)table[0],
            Ends = ends,
        };
        kernels.Expand(ref arguments, stream, dependent: true);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        streams.Dispose();
        base.Dispose();
    }
}
