using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// <c>alora.RmsNorm(x [.., in], weight [in]) → y</c>, y = x / rms(x) · weight with the attribute <c>epsilon</c>, a list of one; and
/// <c>alora.RmsNormShrink(x, weight, slot, A [slots, R, in], ranks?) → y, h float32 [rows, R]</c>, which gives h = A·y too, as
/// <see cref="LoraShrink"/> does. The <see cref="LoraProduct"/> behind it has the attribute <c>waits</c> = [1]. With <c>late</c> = [1]
/// slots come from a node that may be the one in front.
/// </summary>
/// <param name="lora">The GPU's kernels.</param>
/// <param name="type">Float16 or bfloat16.</param>
/// <param name="shrinks">Whether h is computed.</param>
internal sealed class RmsNorm(CudaLora lora, TensorElementType type, bool shrinks) : OperatorDefinition
{
    /// <inheritdoc/>
    public override string Name => shrinks ? "RmsNormShrink" : "RmsNorm";

    /// <inheritdoc/>
    public override string Provider => "CUDAExecutionProvider";

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Inputs { get; } = shrinks
        ? [new(type), new(type), new(TensorElementType.Int32), new(type), new(TensorElementType.Int32, IsOptional: true)]
        : [new(type), new(type)];

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Outputs { get; } = shrinks ? [new(type), new(TensorElementType.Float)] : [new(type)];

    /// <inheritdoc/>
    public override FirstOutput FirstOutput => FirstOutput.OwnMemory;

    /// <inheritdoc/>
    public override OperatorKernel CreateKernel(KernelInfo info) => new RmsNormKernel(
        lora.ProductsOf(type), $"{Name} {info.NodeName}", shrinks ? new PartEnds(info.Integers("parts")).Count : 0,
        info.Integers("late") is [1],
        info.Floats("epsilon") is [float epsilon]
            ? epsilon
            : throw new ArgumentException($"{Name} {info.NodeName}: expected the attribute epsilon, a list of one number, got none."));
}
