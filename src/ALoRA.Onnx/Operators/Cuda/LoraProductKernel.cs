namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>A node of <see cref="LoraProduct"/>. Allocates nothing in a run but the first on a stream.</summary>
/// <param name="kernels">What is launched.</param>
/// <param name="streams">Streams on which h may have been computed; disposed with this.</param>
/// <param name="node">Operator and node, for messages.</param>
/// <param name="form">What its attributes say.</param>
internal sealed unsafe class LoraProductKernel(
    ProductKernels kernels, StreamTable<SideStream>.Holder streams, string node, ProductForm form) : OperatorKernel
{
    private const int MostDimensions = 8;

    /// <inheritdoc/>
    public override void Compute(KernelContext context)
    {
        KernelTensor x = context.Input(0);
        KernelTensor w = context.Input(1);
        KernelTensor residual = context.Input(form.Behind);
        KernelTensor h = context.Input(form.Behind + 1);
        ReadOnlySpan<long> shape = x.Shape;
        int rows = RowShapes.Rows(node, "x", shape, out int width);
        int outputs = Outputs(w.Shape, width, h.Exists);
        int results = form.IsSwiGlu ? outputs / 2 : outputs;
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
            Scale = form.Scale,
            Waits = form.WaitsFor(rows) ? 1 : 0,
            Ends = form.Ends,
        };
        if (form.IsBlocks)
        {
            SetBlocks(ref arguments, context, outputs, width / ProductForm.BlockSize);
        }

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
        kernels.Product(ref arguments, form.Bits, form.IsSwiGlu, stream, dependent: !isBehindFork);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        streams.Dispose();
        base.Dispose();
    }

    private int Outputs(ReadOnlySpan<long> weights, int width, bool isAdapted)
    {
        int multiple = form.MultipleOfOutputs(isAdapted);
        bool fits = form.IsBlocks
            ? weights is [_, long blocks, long bytes] && bytes == form.BlockBytes && blocks * ProductForm.BlockSize == width
            : weights is [_, long inputs] && inputs == width && width % 8 == 0;
        return fits && weights[0] % multiple == 0 && weights[0] <= int.MaxValue
            ? (int)weights[0]
            : throw RowShapes.Wrong(
                node, form.IsBlocks ? "codes" : "W",
                form.IsBlocks
                    ? $"a multiple of {multiple} rows of blocks of {form.BlockBytes} bytes, "
                        + $"one for each {ProductForm.BlockSize} of {width} numbers"
                    : $"a multiple of {multiple} rows of {width}, itself a multiple of 8",
                weights);
    }

    private void SetBlocks(ref ProductArguments arguments, KernelContext context, int outputs, int blocks)
    {
        KernelTensor scales = context.Input(2);
        KernelTensor zeros = context.Input(3);
        if (!(scales.Shape is [long rows, long columns] && rows == outputs && columns == blocks))
        {
            throw RowShapes.Wrong(node, "scales", $"{outputs} rows of {blocks}", scales.Shape);
        }

        long bytes = (long)outputs * form.ZeroBytes(blocks);
        if (zeros.Exists && Count(zeros.Shape) != bytes)
        {
            throw RowShapes.Wrong(node, "zero_points", $"{bytes} bytes, {outputs} rows of {form.ZeroBytes(blocks)}", zeros.Shape);
        }

        arguments.Scales = (nint)scales.Data;
        arguments.Zeros = zeros.Exists ? (nint)zeros.Data : 0;
    }

    private static long Count(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long size in shape)
        {
            count *= size;
        }

        return count;
    }

    private void SetAdapter(ref ProductArguments arguments, KernelContext context, ReadOnlySpan<long> sums, int rows, int outputs)
    {
        KernelTensor slot = context.Input(form.Behind + 2);
        KernelTensor b = context.Input(form.Behind + 3);
        KernelTensor ranks = context.Input(form.Behind + 4);
        if (!slot.Exists || !b.Exists)
        {
            throw new ArgumentException($"{node}: expected the inputs slot and B beside h, got none.");
        }

        ReadOnlySpan<long> table = b.Shape;
        RowShapes.CheckTable(node, "B", table, 1, outputs);
        int rank = RowShapes.Rank(node, "B", table, table[2]);
        if (form.Ends.Total != 0 && form.Ends.Total != outputs)
        {
            throw RowShapes.Wrong(node, "B", $"the {form.Ends.Total} outputs that the attribute parts adds up to", table);
        }

        if (sums.Length != 2 || sums[0] != rows || sums[1] != (long)rank * form.Ends.Count)
        {
            throw RowShapes.Wrong(node, "h", $"{rows} rows of {form.Ends.Count} times rank {rank}", sums);
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
