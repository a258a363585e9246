using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Slots;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Serving.Bindings;

/// <summary>
/// One new token in each of some neighbouring slots of a class, for the base or for the adapters of a stack. Not thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// The only place that knows what ONNX Runtime's GroupQueryAttention accepts
/// (onnxruntime/contrib_ops/cpu/bert/group_query_attention_helper.h): several sequences in a run have one new token each;
/// <c>seqlens_k</c> is each one's own length, the new token included, minus 1; the total is the longest or more;
/// and with rows before the token it is never the number of new tokens, which would be taken for a first prompt.
/// </para>
/// <para>
/// A slot that takes no part has a row computed all the same: it is written behind the slot's valid rows, where the next run overwrites it.
/// </para>
/// </remarks>
/// <param name="session">The graphs.</param>
/// <param name="slots">The class.</param>
/// <param name="first">The first slot of a run.</param>
/// <param name="rows">Slots of a run.</param>
/// <param name="stack">The adapters, which stay loaded as long as this is run; null for the base, and where there is a table.</param>
/// <param name="table">The adapters by place, for operators of our own; null for the base, and where there is a stack.</param>
internal abstract class BatchBinding(
    ModelSession session, SlotClass slots, int first, int rows, AdapterStack? stack, AdapterTable? table) : IRowLogits, IDisposable
{
    /// <summary>The first slot of a run.</summary>
    public int First => first;

    /// <summary>Slots of a run.</summary>
    public int Rows => rows;

    /// <summary>The class.</summary>
    public SlotClass Slots => slots;

    /// <summary>The adapters; null for the base, and where there is a table.</summary>
    public AdapterStack? Stack => stack;

    /// <summary>The adapters by place; null for the base, and where there is a stack.</summary>
    public AdapterTable? Table => table;

    /// <summary>The graphs.</summary>
    protected ModelSession Session => session;

    /// <summary>Ids, int64 <c>[rows, 1]</c>.</summary>
    protected abstract Span<long> Ids { get; }

    /// <summary>Rows before the new one, which is its length with it minus 1, int32 <c>[rows]</c>.</summary>
    protected abstract Span<int> Lengths { get; }

    /// <summary>The adapters' mask, T <c>[rows, 1, adapters]</c>; empty where there is no stack.</summary>
    protected abstract Span<byte> Mask { get; }

    /// <summary>Each row's place in the table, int32 <c>[rows, 1]</c>; empty where there is none.</summary>
    protected abstract Span<int> Places { get; }

    /// <summary>A binding for runs that are replayed where the device can, else for runs as any others.</summary>
    /// <inheritdoc cref="BatchBinding"/>
    public static BatchBinding Create(
        ModelSession session, SlotClass slots, int first, int rows, AdapterStack? stack, AdapterTable? table) =>
        session.Captures is { } captures
            ? new CapturedBatch(session, captures, slots, first, rows, stack, table)
            : new PlainBatch(session, slots, first, rows, stack, table);

    /// <summary>Begins a run: no slot takes part in it yet.</summary>
    public void Clear()
    {
        Ids.Clear();
        Lengths.Clear();
        Mask.Clear();
        Places.Fill(AdapterTable.NoSlot);
    }

    /// <summary>Says what a slot holds.</summary>
    /// <param name="slot">Its index.</param>
    /// <param name="length">Rows that are valid there, fewer than fit.</param>
    public void SetLength(int slot, int length)
    {
        if (length >= slots.Capacity)
        {
            throw new InvalidOperationException($"Slot {slot} holds {length} rows and has no room for one more, which a run writes.");
        }

        Lengths[slot - first] = length;
    }

    /// <summary>Gives a slot its next token.</summary>
    /// <param name="slot">Its index.</param>
    /// <param name="token">The id.</param>
    /// <param name="adapter">Who computes it, of the stack; null for the base.</param>
    public void SetToken(int slot, int token, Adapter? adapter)
    {
        Ids[slot - first] = token;
        if (adapter is not null)
        {
            int size = ElementTypes.SizeOf(session.Type);
            int index = ((slot - first) * stack!.Slots) + stack.IndexOf(adapter);
            ElementTypes.Fill(Mask.Slice(index * size, size), session.Type, ElementTypes.One(session.Type));
        }
    }

    /// <summary>Gives a slot its next token, which an adapter of the table computes.</summary>
    /// <param name="slot">Its index.</param>
    /// <param name="token">The id.</param>
    /// <param name="place">The adapter's place in the table; <see cref="AdapterTable.NoSlot"/> for the base.</param>
    public void SetToken(int slot, int token, int place)
    {
        Ids[slot - first] = token;
        Places[slot - first] = place;
    }

    /// <summary>Computes a row in each slot.</summary>
    /// <param name="wanted">Rows that anyone wants, to be counted.</param>
    /// <param name="contextLength">Length of the contexts, where their rotation depends on it.</param>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    public abstract void Run(int wanted, int contextLength);

    /// <inheritdoc/>
    public abstract ReadOnlySpan<float> LogitsOf(int slot);

    /// <inheritdoc/>
    public abstract void Dispose();
}
