using System.Runtime.InteropServices;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Adapters.Tables;

/// <summary>How A and B of an adapter lie in a place of a table. Immutable.</summary>
/// <remarks>
/// On the processor A is <c>[in, parts · r]</c> and B <c>[r, out]</c> with the adapter's own r, from the beginning of the place;
/// on a device A is <c>[parts · R, in]</c> and B <c>[out, R]</c> with the table's R, and zero beyond r.
/// </remarks>
/// <param name="isPadded">Whether it is the device's form.</param>
/// <param name="from">Type of an adapter's weights.</param>
/// <param name="to">Type of the table: the same, or bfloat16 where weights are float32 that bfloat16 holds exactly.</param>
internal sealed class TableForm(bool isPadded, TensorElementType from, TensorElementType to)
{
    /// <summary>Whether places are padded to the table's rank.</summary>
    public bool IsPadded => isPadded;

    /// <summary>Lays out A of one layer.</summary>
    /// <param name="group">The group.</param>
    /// <param name="index">Its index.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="layout">Which ranks belong to which projection.</param>
    /// <param name="room">Rank that the place has room for.</param>
    /// <param name="weights"><c>[in, R]</c>.</param>
    /// <param name="place">The place.</param>
    public void WriteA(
        AdapterGroup group, int index, int layer, AdapterLayout layout, int room, ReadOnlySpan<byte> weights, Span<byte> place)
    {
        int rank = isPadded ? room : layout.Ranks[index];
        int width = rank * group.Outputs.Count;
        int inputs = group.InputSize;
        int ranks = weights.Length / ElementTypes.SizeOf(from) / inputs;
        Span<byte> used = place[..(inputs * width * ElementTypes.SizeOf(to))];
        used.Clear();
        for (int part = 0; part < group.Outputs.Count; part++)
        {
            ReadOnlySpan<int> columns = layout.ColumnsOf(index, layer, part);
            for (int k = 0; k < columns.Length; k++)
            {
                int at = (part * rank) + k;
                Copy(weights, columns[k], ranks, used, isPadded ? at * inputs : at, isPadded ? 1 : width, inputs);
            }
        }
    }

    /// <summary>Lays out B of one layer, <c>[R, out]</c>.</summary>
    /// <inheritdoc cref="WriteA"/>
    public void WriteB(
        AdapterGroup group, int index, int layer, AdapterLayout layout, int room, ReadOnlySpan<byte> weights, Span<byte> place)
    {
        int rank = isPadded ? room : layout.Ranks[index];
        int outputs = group.OutputSize;
        Span<byte> used = place[..(outputs * rank * ElementTypes.SizeOf(to))];
        used.Clear();
        int first = 0;
        for (int part = 0; part < group.Outputs.Count; part++)
        {
            ReadOnlySpan<int> rows = layout.ColumnsOf(index, layer, part);
            int size = group.Outputs[part].Size;
            for (int k = 0; k < rows.Length; k++)
            {
                Copy(
                    weights, (rows[k] * outputs) + first, 1, used, isPadded ? (first * rank) + k : (k * outputs) + first,
                    isPadded ? rank : 1, size);
            }

            first += size;
        }
    }

    private void Copy(ReadOnlySpan<byte> source, int at, int step, Span<byte> target, int targetAt, int targetStep, int count)
    {
        if (from != to)
        {
            ReadOnlySpan<uint> wide = MemoryMarshal.Cast<byte, uint>(source);
            Span<ushort> narrow = MemoryMarshal.Cast<byte, ushort>(target);
            for (int i = 0; i < count; i++, at += step, targetAt += targetStep)
            {
                narrow[targetAt] = (ushort)(wide[at] >> 16);
            }
        }
        else if (ElementTypes.SizeOf(to) == sizeof(uint))
        {
            Copy(MemoryMarshal.Cast<byte, uint>(source), at, step, MemoryMarshal.Cast<byte, uint>(target), targetAt, targetStep, count);
        }
        else
        {
            Copy(MemoryMarshal.Cast<byte, ushort>(source), at, step, MemoryMarshal.Cast<byte, ushort>(target), targetAt, targetStep, count);
        }
    }

    private static void Copy<T>(ReadOnlySpan<T> source, int at, int step, Span<T> target, int targetAt, int targetStep, int count)
    {
        if (step == 1 && targetStep == 1)
        {
            source.Slice(at, count).CopyTo(target[targetAt..]);
            return;
        }

        for (int i = 0; i < count; i++, at += step, targetAt += targetStep)
        {
            target[targetAt] = source[at];
        }
    }
}
