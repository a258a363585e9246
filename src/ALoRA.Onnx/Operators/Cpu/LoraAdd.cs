using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>
/// <c>alora.LoraAdd(base [.., out], x [.., in], slot, A [slots, in, parts · r], B [slots, r, out], ranks?) → base + B·(A·x)</c> with A and
/// B of each row's slot, in float32.
/// </summary>
/// <remarks>
/// <para>
/// <c>slot</c> is int32 and holds one number for all rows or one for each; -1 is the base, whose rows keep their bits. The optional
/// <c>ranks</c>, int32 [slots], gives each slot a rank of its own, 0 to r: the slot's place in A then begins with [in, parts · rank] and
/// that in B with [rank, out], without gaps, and what lies behind is not read. At rank 0 a slot leaves its rows as they are.
/// </para>
/// <para>
/// The attribute <c>parts</c> has the sizes of fused outputs, such as q, k and v; without it there is one. Part p reads sums p · rank to
/// (p + 1) · rank of A·x, so that B has the diagonal blocks alone, side by side.
/// </para>
/// </remarks>
/// <param name="weights">Type of A and B: float32 or bfloat16.</param>
internal sealed class LoraAdd(TensorElementType weights) : OperatorDefinition
{
    private readonly ScratchPool _scratch = new();

    /// <inheritdoc/>
    public override string Name => "LoraAdd";

    /// <inheritdoc/>
    public override string Provider => "CPUExecutionProvider";

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Inputs { get; } =
    [
        new(TensorElementType.Float), new(TensorElementType.Float), new(TensorElementType.Int32), new(weights), new(weights),
        new(TensorElementType.Int32, IsOptional: true),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Outputs { get; } = [new(TensorElementType.Float)];

    /// <inheritdoc/>
    public override FirstOutput FirstOutput => FirstOutput.MayBeFirstInput;

    /// <inheritdoc/>
    public override OperatorKernel CreateKernel(KernelInfo info) => weights == TensorElementType.BFloat16
        ? new LoraAddKernel<BrainElement>(info.Integers("parts"), info.Threads, _scratch)
        : new LoraAddKernel<SingleElement>(info.Integers("parts"), info.Threads, _scratch);
}
