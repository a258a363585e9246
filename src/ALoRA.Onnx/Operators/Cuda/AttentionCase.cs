using System.Globalization;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>Attention over made-up caches, and what it should give by plain loops in double precision.</summary>
internal sealed class AttentionCase
{
    private const int Positions = 4;
    private const float Scale = 0.11f;

    private readonly TensorElementType _type;
    private readonly int _size;
    private readonly int _heads;
    private readonly int _keyValueHeads;
    private readonly int _rows;
    private readonly int[] _past;
    private readonly int _capacity;
    private readonly ushort[] _qkv;
    private readonly ushort[] _keys;
    private readonly ushort[] _values;
    private readonly ushort[] _cosines;
    private readonly ushort[] _sines;
    private readonly int[] _branches;
    private readonly int[] _owners;
    private readonly int _shared;

    /// <summary>Makes the numbers.</summary>
    /// <param name="type">Float16 or bfloat16.</param>
    /// <param name="size">Numbers of a head.</param>
    /// <param name="heads">Heads of queries.</param>
    /// <param name="keyValueHeads">Heads of keys and values.</param>
    /// <param name="rows">New rows of each sequence.</param>
    /// <param name="past">Rows that each sequence has before them.</param>
    /// <param name="branches">Branches of the one sequence, which have some of its last rows, too; 0 for none.</param>
    public AttentionCase(TensorElementType type, int size, int heads, int keyValueHeads, int rows, int[] past, int branches = 0)
    {
        (_type, _size, _heads, _keyValueHeads, _rows, _past) = (type, size, heads, keyValueHeads, rows, past);
        _shared = branches == 0 ? past[0] : Math.Max(0, past[0] - 20);
        _owners = [.. Enumerable.Range(0, past[0] - _shared).Select(row => row * 5 / 3 % Math.Max(branches, 1))];
        _branches = branches == 0 ? [] : [.. Enumerable.Range(0, rows).SelectMany(
            row => (int[])[row / 3 % branches, Math.Max(0, _shared - (7 * (row / 3 % branches))), (past[0] / 2) + row])];
        _owners = branches == 0 ? [] : [.. _owners, .. Enumerable.Range(0, rows).Select(row => row / 3 % branches)];
        _capacity = past.Max() + rows + Positions;
        uint seed = (uint)((size * 7) + (heads * 31) + rows + past.Sum());
        _qkv = Fill(ref seed, past.Length * rows * (heads + (2 * keyValueHeads)) * size, 2);
        _keys = Fill(ref seed, past.Length * keyValueHeads * _capacity * size, 2);
        _values = Fill(ref seed, past.Length * keyValueHeads * _capacity * size, 1);
        _cosines = new ushort[_capacity * size / 2];
        _sines = new ushort[_capacity * size / 2];
        for (int index = 0; index < _cosines.Length; index++)
        {
            double angle = (index / (size / 2)) * Math.Pow(10000, -2.0 * (index % (size / 2)) / size);
            _cosines[index] = SmallFloats.Round(type, (float)Math.Cos(angle));
            _sines[index] = SmallFloats.Round(type, (float)Math.Sin(angle));
        }

        ClearUnwritten();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{_type}, heads of {_size}, {_heads} over {_keyValueHeads}, {_rows} rows behind {string.Join("+", _past)}")
        + (_branches.Length == 0 ? "" : " of branches");

    /// <summary>Runs the kernel twice, for its counters are used again, and gives the largest difference, relative above 1.</summary>
    public unsafe double Run(AttentionKernels kernels)
    {
        using CudaDevice.Scope scope = kernels.Device.Use();
        CudaDriver driver = kernels.Device.Driver;
        AttentionSplit split = AttentionSplit.Of(
            _past.Length, _keyValueHeads, _heads / _keyValueHeads * Math.Min(_rows, AttentionKernels.MostRows));
        AttentionArguments sizes = new() { Heads = _heads, KvHeads = _keyValueHeads };
        using GpuMemory qkv = GpuMemory.Of<ushort>(driver, _qkv);
        using GpuMemory keys = GpuMemory.Of<ushort>(driver, _keys);
        using GpuMemory values = GpuMemory.Of<ushort>(driver, _values);
        using GpuMemory cosines = GpuMemory.Of<ushort>(driver, _cosines);
        using GpuMemory sines = GpuMemory.Of<ushort>(driver, _sines);
        using GpuMemory last = GpuMemory.Of<int>(driver, _past.Select(past => past + _rows - 1).ToArray());
        using GpuMemory parts = new(
            driver, AttentionKernels.MostPartNumbers(sizes, _past.Length, _rows, _size) * sizeof(float));
        using GpuMemory branches = GpuMemory.Of<int>(driver, [.. _branches, 0]);
        using GpuMemory owners = GpuMemory.Of<int>(driver, [.. _owners, 0]);
        using GpuMemory arrived = new(driver, split.Groups * sizeof(int));
        int count = _past.Length * _rows * _heads * _size;
        double worst = 0;
        for (int run = 0; run < 2; run++)
        {
            using GpuMemory y = new(driver, count * 2L);
            AttentionArguments arguments = new()
            {
                Qkv = qkv.Address,
                Keys = keys.Address,
                Values = values.Address,
                Y = y.Address,
                Last = last.Address,
                Cosines = cosines.Address,
                Sines = sines.Address,
                Parts = parts.Address,
                Arrived = arrived.Address,
                Branches = _branches.Length == 0 ? 0 : branches.Address,
                Owners = owners.Address,
                Owned = _owners.Length,
                Heads = _heads,
                KvHeads = _keyValueHeads,
                Capacity = _capacity,
                Positions = _capacity,
                Scale = Scale * MathF.Log2(MathF.E),
            };
            kernels.Launch(arguments, _past.Length, _rows, _size, 0);
            worst = Math.Max(worst, WorstOf(y.Read<ushort>(count)));
        }

        return Math.Max(worst, WorstOfCache(keys.Read<ushort>(_keys.Length), values.Read<ushort>(_values.Length)));
    }

    private double WorstOf(ushort[] y)
    {
        double worst = 0;
        double[] found = new double[_size];
        for (int index = 0; index < y.Length / _size; index++)
        {
            int head = index % _heads;
            int row = index / _heads % _rows;
            int sequence = index / _heads / _rows;
            Attend(sequence, row, head, found);
            for (int at = 0; at < _size; at++)
            {
                worst = Larger(worst, Math.Abs(Value(y[(index * _size) + at]) - found[at]));
            }
        }

        return worst;
    }

    private double WorstOfCache(ushort[] keys, ushort[] values)
    {
        double worst = 0;
        for (int sequence = 0; sequence < _past.Length; sequence++)
        {
            for (int head = 0; head < _keyValueHeads; head++)
            {
                for (int row = 0; row < _rows; row++)
                {
                    int at = ((((sequence * _keyValueHeads) + head) * _capacity) + _past[sequence] + row) * _size;
                    for (int index = 0; index < _size; index++)
                    {
                        worst = Larger(worst, Math.Abs(Value(keys[at + index]) - Rotated(sequence, row, _heads + head, index)));
                        worst = Larger(
                            worst, Math.Abs(Value(values[at + index]) - New(sequence, row, _heads + _keyValueHeads + head, index)));
                    }
                }
            }
        }

        return worst;
    }

    private void Attend(int sequence, int row, int head, double[] found)
    {
        int keyHead = head / (_heads / _keyValueHeads);
        int past = _past[sequence];
        double[] scores = new double[past + row + 1];
        for (int key = 0; key < scores.Length; key++)
        {
            for (int index = 0; index < _size; index++)
            {
                scores[key] += Scale * Rotated(sequence, row, head, index) * (key < past
                    ? Value(_keys[(((((sequence * _keyValueHeads) + keyHead) * _capacity) + key) * _size) + index])
                    : Rotated(sequence, key - past, _heads + keyHead, index));
            }
        }

        for (int key = 0; key < scores.Length; key++)
        {
            scores[key] = Sees(row, key) ? scores[key] : double.NegativeInfinity;
        }

        double most = scores.Max();
        double total = scores.Sum(score => Math.Exp(score - most));
        Array.Clear(found);
        for (int key = 0; key < scores.Length; key++)
        {
            double weight = Math.Exp(scores[key] - most) / total;
            for (int index = 0; index < _size; index++)
            {
                found[index] += weight * (key < past
                    ? Value(_values[(((((sequence * _keyValueHeads) + keyHead) * _capacity) + key) * _size) + index])
                    : New(sequence, key - past, _heads + _keyValueHeads + keyHead, index));
            }
        }
    }

    // As the kernel rounds it.
    private float Rotated(int sequence, int row, int head, int index)
    {
        int half = _size / 2;
        int position = _branches.Length == 0 ? _past[sequence] + row : _branches[(row * AttentionKernels.RowNumbers) + 2];
        int place = (position * half) + (index % half);
        double cosine = Value(_cosines[place]);
        double sine = Value(_sines[place]);
        double own = New(sequence, row, head, index);
        double other = New(sequence, row, head, index < half ? index + half : index - half);
        return Value(SmallFloats.Round(_type, (float)(index < half ? (own * cosine) - (other * sine) : (own * cosine) + (other * sine))));
    }

    private bool Sees(int row, int key) => _branches.Length == 0 || key < _branches[(row * AttentionKernels.RowNumbers) + 1]
        || (key >= _shared && _owners[key - _shared] == _branches[row * AttentionKernels.RowNumbers]);

    private float New(int sequence, int row, int head, int index) =>
        Value(_qkv[(((((sequence * _rows) + row) * (_heads + (2 * _keyValueHeads))) + head) * _size) + index]);

    private float Value(ushort bits) => SmallFloats.Value(_type, bits);

    private static double Larger(double worst, double difference) => difference <= worst ? worst : double.IsNaN(difference)
        ? double.PositiveInfinity
        : difference;

    // What lies behind the rows is no number, and would be seen.
    private void ClearUnwritten()
    {
        ushort never = SmallFloats.Round(_type, float.NaN);
        for (int index = 0; index < _keys.Length; index++)
        {
            int sequence = index / (_keyValueHeads * _capacity * _size);
            if (index / _size % _capacity >= _past[sequence])
            {
                _keys[index] = _values[index] = never;
            }
        }
    }

    private ushort[] Fill(ref uint seed, int count, float scale)
    {
        ushort[] values = new ushort[count];
        for (int index = 0; index < count; index++)
        {
            seed = (seed * 1664525) + 1013904223;
            values[index] = SmallFloats.Round(_type, (((seed >> 8) / 8388608f) - 1) * scale);
        }

        return values;
    }
}
