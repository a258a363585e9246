using System.Globalization;

namespace ALoRA.Onnx.Operators.Cpu.Attention;

/// <summary>The inputs of one run of <see cref="SlotAttention"/>, checked.</summary>
internal unsafe struct SlotAttentionInputs
{
    private float* _queries;
    private float* _keys;
    private float* _values;
    private float* _cosines;
    private float* _sines;
    private long* _rotaryRows;
    private long _arena;
    private long _tableRows;
    private int _half;

    /// <summary>Reads and checks shapes.</summary>
    /// <param name="context">The run.</param>
    /// <param name="job">Has the heads, and receives what is read.</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public static SlotAttentionInputs Read(KernelContext context, ref AttentionJob job)
    {
        ReadOnlySpan<long> query = context.Input(0).Shape;
        long rows = query.Length > 0 ? query[0] : 0;
        long width = query.Length > 0 ? query[^1] : 0;
        if (query.Length != 3 || query[1] != 1 || rows > int.MaxValue / job.Heads || width < job.Heads || width % job.Heads != 0)
        {
            throw Unfit("query", query, $"[rows, 1, a multiple of {job.Heads} heads]");
        }

        job.Rows = (int)rows;
        job.Size = (int)(width / job.Heads);
        SlotAttentionInputs inputs = new()
        {
            _queries = (float*)context.Input(0).Data,
            _keys = Expect(context, 1, "key", rows, 1, (long)job.KeyHeads * job.Size),
            _values = Expect(context, 2, "value", rows, 1, (long)job.KeyHeads * job.Size),
        };
        job.Keys = Arena(context, 3, "keys", out inputs._arena);
        job.Values = Arena(context, 4, "values", out long values);
        if (values != inputs._arena)
        {
            throw Unfit("values", context.Input(4).Shape, $"[{inputs._arena}], as keys have");
        }

        job.Slots = (CacheSlot*)Expect(context, 5, "cache_slots", rows, CacheSlot.Columns);
        job.Positions = (long*)Expect(context, 6, "positions", rows, 1);
        inputs.ReadTables(context, rows, job.Size);
        return inputs;
    }

    /// <summary>Checks where a row's slot lies.</summary>
    /// <exception cref="ArgumentException">It does not lie in the memory, or the position not in it.</exception>
    public readonly void Check(in AttentionJob job, int row)
    {
        CacheSlot slot = job.Slots[row];
        long position = job.Positions[row];
        if (!Fits(job, slot.Offset, slot.Capacity))
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"the slot of row {row} holds {slot.Capacity} tokens from element {slot.Offset} on, "
                + $"outside of the {_arena} that there are"));
        }

        if (position < 0 || position >= slot.Capacity)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"the position of row {row} is {position}, outside of its slot of {slot.Capacity} tokens"));
        }

        if (slot.CommonLength != 0
            && (slot.CommonLength < 0 || slot.CommonLength > position || slot.CommonLength > slot.CommonCapacity
                || !Fits(job, slot.CommonOffset, slot.CommonCapacity)))
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"row {row} at position {position} has {slot.CommonLength} tokens in common with a slot of {slot.CommonCapacity} "
                + $"from element {slot.CommonOffset} on, expected 0, or so many as stand before it in a slot within the "
                + $"{_arena} elements that there are"));
        }

        long rotary = _rotaryRows is null ? position : _rotaryRows[row];
        if (_half > 0 && (rotary < 0 || rotary >= _tableRows))
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"row {row} is rotated by row {rotary} of the tables, which have {_tableRows}"));
        }
    }

    /// <summary>Writes the new keys and values into their slots, and rotated queries into memory of their own.</summary>
    /// <param name="job">The run.</param>
    /// <param name="sign">What queries are multiplied by, 1 or -1: a scale would round them before they are summed.</param>
    public readonly void WriteRows<TLanes, TVector>(AttentionJob* job, float sign)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        int size = job->Size;
        for (int row = 0; row < job->Rows; row++)
        {
            long table = (_rotaryRows is null ? job->Positions[row] : _rotaryRows[row]) * _half;
            float* cosines = _cosines + table;
            float* sines = _sines + table;
            for (int head = 0; head < job->Heads; head++)
            {
                long at = (((long)row * job->Heads) + head) * size;
                HeadRotation<TLanes, TVector>.Copy(_queries + at, size, cosines, sines, _half, sign, job->Queries + at);
            }

            for (int head = 0; head < job->KeyHeads; head++)
            {
                long at = (((long)row * job->KeyHeads) + head) * size;
                long to = job->Slots[row].Offset + (((head * job->Slots[row].Capacity) + job->Positions[row]) * size);
                HeadRotation<TLanes, TVector>.Copy(_keys + at, size, cosines, sines, _half, 1, job->Keys + to);
                new Span<float>(_values + at, size).CopyTo(new Span<float>(job->Values + to, size));
            }
        }
    }

    private readonly bool Fits(in AttentionJob job, long offset, long capacity) =>
        offset >= 0 && offset <= _arena && capacity >= 1 && capacity <= (_arena - offset) / ((long)job.KeyHeads * job.Size);

    private void ReadTables(KernelContext context, long rows, int size)
    {
        KernelTensor cosines = context.Input(7);
        if (!cosines.Exists)
        {
            return;
        }

        ReadOnlySpan<long> shape = cosines.Shape;
        if (shape.Length != 2 || shape[1] < 1 || shape[1] > size / 2)
        {
            throw Unfit("cosines", shape, $"[rows, 1 to {size / 2}]");
        }

        _tableRows = shape[0];
        _half = (int)shape[1];
        _cosines = (float*)cosines.Data;
        _sines = Expect(context, 8, "sines", _tableRows, _half);
        _rotaryRows = context.Input(9).Exists ? (long*)Expect(context, 9, "rotary_rows", rows, 1) : null;
    }

    private static float* Arena(KernelContext context, int index, string name, out long elements)
    {
        ReadOnlySpan<long> shape = context.Input(index).Shape;
        if (shape.Length != 1)
        {
            throw Unfit(name, shape, "[elements]");
        }

        elements = shape[0];
        return (float*)context.Input(index).Data;
    }

    private static float* Expect(KernelContext context, int index, string name, params ReadOnlySpan<long> expected)
    {
        KernelTensor tensor = context.Input(index);
        if (!tensor.Exists || !tensor.Shape.SequenceEqual(expected))
        {
            throw Unfit(name, tensor.Exists ? tensor.Shape : [], Text(expected));
        }

        return (float*)tensor.Data;
    }

    private static ArgumentException Unfit(string name, ReadOnlySpan<long> shape, string expected) =>
        new($"input '{name}' is {Text(shape)}, expected {expected}");

    private static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
