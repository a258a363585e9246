using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// <c>alora.SwiGlu(x [.., 2 · n]) → silu(gate) · up [.., n]</c>, where the first half of a row are the gates: what follows a product of
/// many rows, which <see cref="LoraProduct"/> does itself of few.
/// </summary>
/// <param name="lora">The GPU's kernels.</param>
/// <param name="type">Float16 or bfloat16.</param>
internal sealed class SwiGlu(CudaLora lora, TensorElementType type) : OperatorDefinition
{
    /// <inheritdoc/>
    public override string Name => "SwiGlu";

    /// <inheritdoc/>
    public override string Provider => "CUDAExecutionProvider";

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Inputs { get; } = [new(type)];

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Outputs { get; } = [new(type)];

    /// <inheritdoc/>
    public override FirstOutput FirstOutput => FirstOutput.OwnShape;

    /// <inheritdoc/>
    public override OperatorKernel CreateKernel(KernelInfo info) => new Kernel(lora.ProductsOf(type), $"SwiGlu {info.NodeName}");

    private sealed class Kernel(ProductKernels kernels, string node) : OperatorKernel
    {
        private const int MostDimensions = 8;

        public override void Compute(KernelContext context)
        {
            KernelTensor x = context.Input(0);
            ReadOnlySpan<long> shape = x.Shape;
            int rows = RowShapes.Rows(node, "x", shape, out int width);
            if (width % 16 != 0 || shape.Length > MostDimensions)
            {
                throw RowShapes.Wrong(node, "x", $"at most {MostDimensions} dimensions, of which the last is a multiple of 16", shape);
            }

            Span<long> result = stackalloc long[MostDimensions];
            shape.CopyTo(result);
            result = result[..shape.Length];
            result[^1] = width / 2;
            GateArguments arguments = new()
            {
                X = Address(x),
                Y = Address(context.Output(0, result)),
                Chunks = width / 16,
                Rows = rows,
            };
            if (rows > 0)
            {
                kernels.Gates(ref arguments, context.Stream);
            }
        }

        private static unsafe nint Address(KernelTensor tensor) => (nint)tensor.Data;
    }
}
