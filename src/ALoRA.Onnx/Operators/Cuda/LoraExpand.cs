using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// <c>alora.LoraExpand(base [.., out], h float32 [rows, R], slot, B [slots, out, r], ranks?, x?) → base + B·h</c>, the second half of an
/// adapter, in base's memory where nobody else reads it. Rows of slot -1 keep their bits.
/// </summary>
/// <remarks>
/// h, <c>slot</c> and <c>ranks</c> are those of <see cref="LoraShrink"/>. The attribute <c>parts</c> has the sizes of fused outputs,
/// such as q, k and v; without it there is one. Part p reads sums p · r to (p + 1) · r of h, so that B has the diagonal blocks alone. x is
/// not read: a node that has other nodes between it and the product names it, so that its memory is not used again before h is computed.
/// </remarks>
/// <param name="lora">The GPU's kernels.</param>
/// <param name="type">Float16 or bfloat16.</param>
internal sealed class LoraExpand(CudaLora lora, TensorElementType type) : OperatorDefinition
{
    /// <inheritdoc/>
    public override string Name => "LoraExpand";

    /// <inheritdoc/>
    public override string Provider => "CUDAExecutionProvider";

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Inputs { get; } =
    [
        new(type), new(TensorElementType.Float), new(TensorElementType.Int32), new(type), new(TensorElementType.Int32, IsOptional: true),
        new(type, IsOptional: true),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Outputs { get; } = [new(type)];

    /// <inheritdoc/>
    public override FirstOutput FirstOutput => FirstOutput.MayBeFirstInput;

    /// <inheritdoc/>
    public override OperatorKernel CreateKernel(KernelInfo info) => new LoraExpandKernel(
        lora.KernelsOf(type), lora.Streams.Hold(), $"LoraExpand {info.NodeName}", new PartEnds(info.Integers("parts")));
}
