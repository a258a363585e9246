namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>A node of <see cref="LoraProduct"/>. Allocates nothing in a run but the first on a stream.</summary>
/// <param name="kernels">What is launched.</param>
/// <param name="streams">Streams on which h may have been computed; disposed with this.</param>
/// <param name="node">Operator and node, for messages.</param>
/// <param name="ends">Parts of W's outputs.</param>
/// <param name="isSwiGlu">Whether half of the outputs are gates.</param>
/// <param name="waits">Whether x comes from the kernel in front although there is h.</param>
/// <param name="scale">What the product is multiplied by, before the residual is added.</param>
internal sealed unsafe class LoraProductKernel(
    ProductKernels kernels, StreamTable<SideStream>.Holder streams, string node, PartEnds ends, bool isSwiGlu, bool waits, float scale)
        : OperatorKernel
{
    private const int MostDimensions = 8;

    /// <inheritdoc/>
    public override void Compute(KernelContext context)
    {
        KernelTensor x = context.Input(0);
        KernelTensor w = context.Input(1);
        KernelTensor residual = context.Input(2);
        KernelTensor h = context.Input(3);
        ReadOnlySpan<long> shape = x.Shape;
        ReadOnlySpan<long> weights = w.Shape;
        int rows = RowShapes.Rows(node, "x", shape, out int width);
        int multiple = isSwiGlu ? 16 : h.Exists ? 8 : 1;
        if (weights.Length != 2 || weights[1] != width || width % 8 != 0 || weights[0] % multiple != 0 || weights[0] > int.MaxValue)
        {
            throw RowShapes.Wrong(node, "W", $"a multiple of {multiple} rows of {width}, itself a multiple of 8", weights);
        }

        int outputs = (int)weights[0];
        int results = isSwiGlu ? outputs / 2 : outputs;
        if (shape.Length > MostDimensions)
        {
            throw RowShapes.Wrong(node, "x", $"at most {MostDimensions} dimensions", shape);
        }

        Span<long> result = stackalloc long[MostDimensions];
        shape.CopyTo(result);
        result = result[..shape.Length];
        result[^1] = results;
        if (residual.Exists && !residual.Shape.SequenceEqual(result))
        {
            throw RowShapes.Wrong(node, "residual", "the shape of the result", residual.Shape);
        }

        ProductArguments arguments = new()
        {
            X = (nint)x.Data,
            W = (nint)w.Data,
            Residual = residual.Exists ? (nint)residual.Data : 0,
            Chunks = width / 8,
            Out = results,
            Rows = rows,
            Scale = scale,
            Waits = waits ? 1 : 0,
            Ends = ends,
        };
        if (h.Exists)
        {
            SetAdapter(ref arguments, context, h.Shape, rows, outputs);
            arguments.H = arguments.TotalRank == 0 ? 0 : (nint)h.Data;
        }

        arguments.Y = (nint)context.Output(0, result).Data;
        nint stream = context.Stream;
        if (rows == 0)
        {
            return;
        }

        // With h the kernel reads x at once, unless it is to wait, which is right
        // behind a shrink on this stream alone: that one has waited.
        bool isBehindFork = h.Exists && streams.Of(stream).Join(stream);
        kernels.Product(ref arguments, isSwiGlu, stream, dependent: !isBehindFork);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        streams.Dispose();
        base.Dispose();
    }

    private void SetAdapter(ref ProductArguments arguments, KernelContext context, ReadOnlySpan<long> sums, int rows, int outputs)
    {
        KernelTensor slot = context.Input(4);
        KernelTensor b = context.Input(5);
        KernelTensor ranks = context.Input(6);
        if (!slot.Exists || !b.Exists)
        {
            throw new ArgumentException($"{node}: expected the inputs slot and B beside h, got none.");
        }

        ReadOnlySpan<long> table = b.Shape;
        RowShapes.CheckTable(node, "B", table, 1, outputs);
        int rank = RowShapes.Rank(node, "B", table, table[2]);
        if (ends.Total != 0 && ends.Total != outputs)
        {
            throw RowShapes.Wrong(node, "B", $"the {ends.Total} outputs that the attribute parts adds up to", table);
        }

        if (sums.Length != 2 || sums[0] != rows || sums[1] != (long)rank * ends.Count)
        {
            throw RowShapes.Wrong(node, "h", $"{rows} rows of {ends.Count} times rank {rank}", sums);
        }

        if (ranks.Exists)
        {
            RowShapes.CheckRanks(node, ranks.Shape, table[0]);
        }

        arguments.Slot = (nint)slot.Data;
        arguments.SlotStep = RowShapes.SlotStep(node, slot.Shape, rows);
        arguments.Slots = (int)table[0];
        arguments.B = (nint)b.Data;
        arguments.Ranks = ranks.Exists ? (nint)ranks.Data : 0;
        arguments.Rank = rank;
        arguments.TotalRank = (int)sums[1];
    }
}
