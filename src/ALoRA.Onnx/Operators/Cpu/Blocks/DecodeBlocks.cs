using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cpu.Blocks;

/// <summary>
/// <c>alora.DecodeBlocks(codes [n, blocks, bytes], scales [n, blocks], after, zero_points?) → [rows, columns]</c>: rows of a matrix that
/// is stored in blocks as <c>MatMulNBits</c> reads it, in float32: (code − zero point) · scale.
/// </summary>
/// <remarks>
/// <para>
/// Attributes, each a list of integers: <c>bits</c>, 4 or 8; <c>columns</c>, how many a row has, without those that fill its last block;
/// <c>rows</c>, the first row and how many of them. Without zero points each is the middle code, 8 or 128; those of a row begin at a byte.
/// </para>
/// <para>
/// <c>after</c> is not read: it is what must be there first, so that ONNX Runtime does not decode all matrices before it needs one.
/// </para>
/// </remarks>
internal sealed class DecodeBlocks : OperatorDefinition
{
    /// <inheritdoc/>
    public override string Name => "DecodeBlocks";

    /// <inheritdoc/>
    public override string Provider => "CPUExecutionProvider";

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Inputs { get; } =
    [
        new(TensorElementType.UInt8), new(TensorElementType.Float), new(TensorElementType.Float),
        new(TensorElementType.UInt8, IsOptional: true),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Outputs { get; } = [new(TensorElementType.Float)];

    /// <inheritdoc/>
    public override FirstOutput FirstOutput => FirstOutput.OwnShape;

    /// <inheritdoc/>
    public override OperatorKernel CreateKernel(KernelInfo info) => new DecodeBlocksKernel(info);
}
