namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>A node of <see cref="RmsNorm"/>. Allocates nothing in a run.</summary>
/// <param name="kernels">What is launched.</param>
/// <param name="node">Operator and node, for messages.</param>
/// <param name="parts">Parts of the product that follows; 0 without an adapter.</param>
/// <param name="isLate">Whether slots may come from the kernel in front.</param>
/// <param name="epsilon">What is added to the mean of the squares.</param>
internal sealed unsafe class RmsNormKernel(ProductKernels kernels, string node, int parts, bool isLate, float epsilon) : OperatorKernel
{
    /// <inheritdoc/>
    public override void Compute(KernelContext context)
    {
        KernelTensor x = context.Input(0);
        KernelTensor weight = context.Input(1);
        ReadOnlySpan<long> shape = x.Shape;
        int rows = RowShapes.Rows(node, "x", shape, out int width);
        if (weight.Shape.Length != 1 || weight.Shape[0] != width)
        {
            throw RowShapes.Wrong(node, "weight", $"{width} numbers", weight.Shape);
        }

        NormArguments arguments = new()
        {
            X = (nint)x.Data,
            Weight = (nint)weight.Data,
            Y = (nint)context.Output(0, shape).Data,
            Chunks = width / 8,
            Rows = rows,
            Epsilon = epsilon,
        };
        if (parts > 0)
        {
            SetAdapter(ref arguments, context, rows, width);
        }

        if (rows > 0)
        {
            kernels.Norm(ref arguments, context.Stream, dependent: !isLate);
        }
    }

    private void SetAdapter(ref NormArguments arguments, KernelContext context, int rows, int width)
    {
        KernelTensor slot = context.Input(2);
        KernelTensor a = context.Input(3);
        KernelTensor ranks = context.Input(4);
        ReadOnlySpan<long> table = a.Shape;
        RowShapes.CheckTableOfA(node, table, width, parts);
        if (ranks.Exists)
        {
            RowShapes.CheckRanks(node, ranks.Shape, table[0]);
        }

        arguments.Slot = (nint)slot.Data;
        arguments.SlotStep = RowShapes.SlotStep(node, slot.Shape, rows);
        arguments.Slots = (int)table[0];
        arguments.A = (nint)a.Data;
        arguments.Ranks = ranks.Exists ? (nint)ranks.Data : 0;
        arguments.TotalRank = (int)table[1];
        arguments.Rank = arguments.TotalRank / parts;
        ReadOnlySpan<long> sums = [rows, arguments.TotalRank];
        arguments.H = (nint)context.Output(1, sums).Data;
    }
}
