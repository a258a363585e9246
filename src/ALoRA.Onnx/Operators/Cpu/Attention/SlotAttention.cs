using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cpu.Attention;

/// <summary>
/// <c>alora.SlotAttention(query [rows, 1, heads · d], key [rows, 1, kv_heads · d], value, keys [n], values [n],
/// cache_slots [rows, 5], positions [rows, 1], cosines?, sines?, rotary_rows? [rows, 1]) → [rows, 1, heads · d]</c>:
/// attention of single tokens, each in a slot of one memory, in float32.
/// </summary>
/// <remarks>
/// <para>
/// Each row is one token. Its slot holds keys <c>[kv_heads, capacity, d]</c> somewhere in <c>keys</c>, and values in the same place of
/// <c>values</c>; both are written in place. First the new keys and values of all rows are written, each at its row's position, then each
/// row attends to its own slot up to its own position: so several tokens of one slot may be rows of one run.
/// </para>
/// <para>
/// A row of <c>cache_slots</c>, int64, is: the slot's first element, its capacity in tokens; and of another slot that holds the same first
/// tokens bit for bit its first element, its capacity, and how many tokens (0 for none), which no row of the run writes. Rows with the same
/// such slot are computed together there, so that its keys and values are read once for all of them.
/// </para>
/// <para>
/// Numbers of a row depend on its own query, keys and values alone: not on the other rows, on threads, or on where it reads from.
/// </para>
/// <para>
/// Attributes: <c>heads</c>, integers, the heads of queries and those of keys; <c>window</c>, integers, one: so many positions are seen,
/// its own included; <c>scale</c>, floats, one; <c>softcap</c>, floats, one: scores are c · tanh(score / c). The tables <c>[n, r / 2]</c>
/// rotate the first r elements of queries and keys in halves, by the row's position or, with <c>rotary_rows</c>, by that row of the tables.
/// </para>
/// </remarks>
internal sealed class SlotAttention : OperatorDefinition
{
    private readonly ScratchPool _scratch = new();

    /// <inheritdoc/>
    public override string Name => "SlotAttention";

    /// <inheritdoc/>
    public override string Provider => "CPUExecutionProvider";

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Inputs { get; } =
    [
        new(TensorElementType.Float), new(TensorElementType.Float), new(TensorElementType.Float), new(TensorElementType.Float),
        new(TensorElementType.Float), new(TensorElementType.Int64), new(TensorElementType.Int64),
        new(TensorElementType.Float, IsOptional: true), new(TensorElementType.Float, IsOptional: true),
        new(TensorElementType.Int64, IsOptional: true),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<OperatorValue> Outputs { get; } = [new(TensorElementType.Float)];

    /// <inheritdoc/>
    public override FirstOutput FirstOutput => FirstOutput.OwnMemory;

    /// <inheritdoc/>
    public override OperatorKernel CreateKernel(KernelInfo info) => new SlotAttentionKernel(info, _scratch);
}
