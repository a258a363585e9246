using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// <c>alora.LoraProduct(x [.., in], W [out, in], residual?, h?, slot?, B?, ranks?)
/// → y [.., out]</c>: the product of a few rows at the speed of reading W, with what follows it.
/// <c>alora.NibbleProduct(x, codes [out, in / 32, 16], scales [out, in / 32], zero_points?, residual?, …)</c> is the same of weights in 4
/// bits, which lie as those of MatMulNBits do, and <c>alora.ByteProduct(x, codes [out, in / 32, 32], …)</c> of 8 bits.
/// y = scale·(W·x + B·h) + residual, of which the adapter and the residual may be left out; the attribute <c>scale</c> is [1] if it is.
/// </summary>
/// <remarks>
/// <para>
/// h comes from a <see cref="LoraShrink"/> whose first output is x and whose attribute <c>serial</c> is [1], or with x from an
/// <see cref="RmsNorm"/> that shrinks; then the attribute <c>waits</c> is [1], and <c>ahead</c> if the shrink's is. h, <c>slot</c>, B,
/// <c>ranks</c> and the attribute <c>parts</c> are those of <see cref="LoraExpand"/>. With the attribute <c>swiglu</c> = [1] the first
/// half of W's outputs are gates, y = silu(gate)·up has half as many, and parts are those of W.
/// </para>
/// <para>
/// W is read once for up to 32 rows, so that long prompts are better served by a matrix product.
/// A row's result does not depend on the other rows of the run.
/// </para>
/// </remarks>
/// <param name="lora">The GPU's kernels.</param>
/// <param name="type">Float16 or bfloat16.</param>
/// <param name="bits">Bits of a number of W: 4, 8 or 16.</param>
internal sealed class LoraProduct(CudaLora lora, TensorElementType type, int bits) : OperatorDefinition
{
    /// <inheritdoc/>
    public override string Name => bits switch
    {
        ProductForm.NibbleBits => "NibbleProduct",
        ProductForm.ByteBits => "ByteProduct",
        _ => "LoraProduct",
    };

    /// <inheritdoc/>
    public override string Provider => "CUDAExecutionProvider";

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Inputs { get; } =
    [
        new(type), .. Weights(type, bits), new(type, IsOptional: true), new(TensorElementType.Float, IsOptional: true),
        new(TensorElementType.Int32, IsOptional: true), new(type, IsOptional: true), new(TensorElementType.Int32, IsOptional: true),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Outputs { get; } = [new(type)];

    /// <inheritdoc/>
    public override FirstOutput FirstOutput => FirstOutput.OwnShape;

    /// <inheritdoc/>
    public override OperatorKernel CreateKernel(KernelInfo info) => new LoraProductKernel(
        lora.ProductsOf(type), lora.Streams.Hold(), $"{Name} {info.NodeName}",
        new ProductForm(
            bits, new PartEnds(info.Integers("parts")), info.Integers("swiglu") is [1], info.Integers("waits") is [1],
            info.Integers("ahead") is [1], info.Floats("scale") is [float scale] ? scale : 1));

    private static OperatorValue[] Weights(TensorElementType type, int bits) => bits < ProductForm.FloatBits
        ? [new(TensorElementType.UInt8), new(type), new(TensorElementType.UInt8, IsOptional: true)]
        : [new(type)];
}
