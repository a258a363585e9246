using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// <c>alora.LoraShrink(x [.., in], slot, A [slots, R, in], ranks?) → x, h float32 [rows, R]</c>, the first half of an adapter: h = A·x with
/// A of each row's slot. The product reads the first output, which is x in the same memory, so that it comes behind this operator.
/// </summary>
/// <remarks>
/// <para>
/// <c>slot</c> is int32 and holds one number for all rows or one for each; -1 is the base, whose h is not written. It is read on the GPU:
/// whoever uploads it has checked it (a slot beyond the table counts as the base). R is a multiple of 8 for each part of a fused product.
/// </para>
/// <para>
/// The optional <c>ranks</c>, int32 [slots], says how much of each part's rank a slot uses; the rest of its place is not read, but for
/// what is missing to a multiple of 8, which must be zeros. The attribute <c>parts</c> is needed with it. The attribute <c>serial</c>
/// = [1] keeps the work on ONNX Runtime's stream for any number of rows: for a product that takes h itself. With <c>ahead</c> = [1],
/// which the product then has, too, few rows are computed so that the product is started before x is there; with <c>late</c> = [1]
/// slots come from a node that may be the one in front, as is taken for granted of a node that is neither serial nor says [0].
/// </para>
/// </remarks>
/// <param name="lora">The GPU's kernels.</param>
/// <param name="type">Float16 or bfloat16.</param>
internal sealed class LoraShrink(CudaLora lora, TensorElementType type) : OperatorDefinition
{
    /// <inheritdoc/>
    public override string Name => "LoraShrink";

    /// <inheritdoc/>
    public override string Provider => "CUDAExecutionProvider";

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Inputs { get; } =
        [new(type), new(TensorElementType.Int32), new(type), new(TensorElementType.Int32, IsOptional: true)];

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Outputs { get; } = [new(type), new(TensorElementType.Float)];

    /// <inheritdoc/>
    public override FirstOutput FirstOutput => FirstOutput.IsFirstInput;

    /// <inheritdoc/>
    public override OperatorKernel CreateKernel(KernelInfo info) => new LoraShrinkKernel(
        lora.KernelsOf(type), lora.Streams.Hold(), $"LoraShrink {info.NodeName}", new PartEnds(info.Integers("parts")).Count,
        info.Integers("serial") is [1], info.Integers("ahead") is [1], IsLate(info));

    // Exports from before this was asked for say it of serial ones alone.
    private static bool IsLate(KernelInfo info) =>
        info.Integers("late") is [long late] ? late == 1 : info.Integers("serial") is not [1];
}
