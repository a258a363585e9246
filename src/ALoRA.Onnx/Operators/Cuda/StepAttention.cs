using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// <c>alora.StepAttention(qkv [batch, rows, (heads + 2 kv_heads)·head_dim], past_key, past_value [batch, kv_heads, capacity, head_dim],
/// seqlens_k [batch], cos?, sin? [positions, head_dim / 2], branch_rows? [rows, 3], branch_owners? [owned])
/// → y [batch, rows, heads·head_dim], present_key, present_value, scratch</c>:
/// attention of up to 64 new rows of each sequence over its cache, as GroupQueryAttention computes it without window and soft cap.
/// </summary>
/// <remarks>
/// Past and present are one memory, in which the new rows are placed. <c>seqlens_k</c> is the place of the last of them. Attributes are
/// lists of one: <c>heads</c>, <c>kv_heads</c>, <c>scale</c>. A head has 64 or 128 numbers, and all of them are rotated, or none.
/// With <c>branch_rows</c> there is one sequence, and its rows are those of branches behind one prefix, any number of them: of each row
/// its branch, how many of the cache's first rows it sees, and its position. <c>branch_owners</c> has the branch of each of the cache's
/// last rows, those of the run included: a row sees those of its own branch up to itself.
/// </remarks>
/// <param name="lora">The GPU's kernels.</param>
/// <param name="type">Float16 or bfloat16.</param>
internal sealed class StepAttention(CudaLora lora, TensorElementType type) : OperatorDefinition
{
    /// <inheritdoc/>
    public override string Name => "StepAttention";

    /// <inheritdoc/>
    public override string Provider => "CUDAExecutionProvider";

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Inputs { get; } =
        [new(type), new(type), new(type), new(TensorElementType.Int32), new(type, IsOptional: true), new(type, IsOptional: true),
            new(TensorElementType.Int32, IsOptional: true), new(TensorElementType.Int32, IsOptional: true)];

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Outputs { get; } = [new(type), new(type), new(type), new(TensorElementType.Float)];

    /// <inheritdoc/>
    public override FirstOutput FirstOutput => FirstOutput.OwnShape;

    /// <inheritdoc/>
    public override OperatorKernel CreateKernel(KernelInfo info)
    {
        string node = $"StepAttention {info.NodeName}";
        return info.Integers("heads") is [> 0 and long heads] && info.Integers("kv_heads") is [> 0 and long keyValueHeads]
            && heads % keyValueHeads == 0 && info.Floats("scale") is [float scale]
            ? new StepAttentionKernel(lora.AttentionOf(type), node, (int)heads, (int)keyValueHeads, scale)
            : throw new ArgumentException($"{node}: expected the attributes heads, kv_heads, of which heads is a multiple, and scale.");
    }
}
