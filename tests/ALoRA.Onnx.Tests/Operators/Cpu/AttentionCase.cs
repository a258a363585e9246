using ALoRA.Onnx.Operators;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Operators.Cpu;

/// <summary>A slot of an arena, and another one that has the same first tokens.</summary>
internal sealed record AttentionSlot(int Capacity, int CommonWith = -1, int Common = 0);

/// <summary>Random rows of SlotAttention, computed by the operator and by a plain loop in float64.</summary>
internal sealed class AttentionCase
{
    private readonly Random _random;
    private readonly long[] _offsets;
    private readonly AttentionSlot[] _slots;
    private readonly float[] _startKeys;
    private readonly float[] _startValues;

    public AttentionCase(int heads, int keyHeads, int size, AttentionSlot[] slots, (int Slot, int Position)[] rows, int seed = 1)
    {
        _random = new Random(seed);
        (Heads, KeyHeads, Size, _slots, Rows) = (heads, keyHeads, size, slots, rows);
        _offsets = new long[slots.Length];
        long end = 7;
        for (int slot = 0; slot < slots.Length; slot++)
        {
            _offsets[slot] = end;
            end += (long)keyHeads * slots[slot].Capacity * size;
        }

        (_startKeys, _startValues) = (Numbers((int)end), Numbers((int)end));
        for (int slot = 0; slot < slots.Length; slot++)
        {
            for (int head = 0; head < keyHeads && slots[slot].Common > 0; head++)
            {
                Copy(_startKeys, slot, head);
                Copy(_startValues, slot, head);
            }
        }

        Query = Numbers(rows.Length * heads * size);
        (Key, Value) = (Numbers(rows.Length * keyHeads * size), Numbers(rows.Length * keyHeads * size));
    }

    public int Heads { get; }

    public int KeyHeads { get; }

    public int Size { get; }

    public (int Slot, int Position)[] Rows { get; }

    public int Window { get; init; }

    public float Cap { get; init; }

    public float Scale { get; init; } = 0.2f;

    /// <summary>Elements that are rotated; 0 for none.</summary>
    public int Rotated { get; init; }

    /// <summary>How much further on in the tables a row is rotated than its position; null without an input for that.</summary>
    public int? RotaryShift { get; init; }

    public float[] Query { get; }

    public float[] Key { get; }

    public float[] Value { get; }

    /// <summary>The arenas after a run.</summary>
    public float[] Keys { get; private set; } = [];

    public float[] Values { get; private set; } = [];

    public int TokenOf(int slot, int head, int position) =>
        (int)_offsets[slot] + (((head * _slots[slot].Capacity) + position) * Size);

    /// <summary>Adds a number to one element of all heads of queries and keys, as one of a few large elements of real models.</summary>
    public void Raise(int element, float query, float key)
    {
        foreach ((float[] numbers, int start, float by) in
            ((float[], int, float)[])[(Query, 0, query), (Key, 0, key), (_startKeys, (int)_offsets[0], key)])
        {
            for (int at = start + element; at < numbers.Length; at += Size)
            {
                numbers[at] += by;
            }
        }
    }

    public void Spoil(int slot, int from, int end)
    {
        for (int head = 0; head < KeyHeads; head++)
        {
            _startKeys.AsSpan(TokenOf(slot, head, from), (end - from) * Size).Fill(float.NaN);
            _startValues.AsSpan(TokenOf(slot, head, from), (end - from) * Size).Fill(float.NaN);
        }
    }

    /// <summary>Runs it.</summary>
    /// <param name="threads">Threads.</param>
    /// <param name="shares">Whether rows say what their slots have in common.</param>
    /// <param name="only">Rows that are in the run; null for all.</param>
    /// <param name="change">Changes the slots' table before.</param>
    public float[] Compute(int threads, bool shares = true, int[]? only = null, Action<long[]>? change = null)
    {
        using InferenceSession session = Open(threads);
        (Keys, Values) = ([.. _startKeys], [.. _startValues]);
        List<OrtValue> values = Inputs(shares, only ?? [.. Enumerable.Range(0, Rows.Length)], change);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, [.. session.InputNames], values, ["y"]);
        values.ForEach(value => value.Dispose());
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public InferenceSession Open(int threads)
    {
        NodeGraph graph = new NodeGraph()
            .Input("query", TensorElementType.Float, "rows", "one", "q").Input("key", TensorElementType.Float, "rows", "one", "k")
            .Input("value", TensorElementType.Float, "rows", "one", "k").Input("keys", TensorElementType.Float, "arena")
            .Input("values", TensorElementType.Float, "arena").Input("cache_slots", TensorElementType.Int64, "rows", "five")
            .Input("positions", TensorElementType.Int64, "rows", "one")
            .Output("y", TensorElementType.Float, "rows", "one", "q");
        string rotary = "";
        if (Rotated > 0)
        {
            graph.Input("cosines", TensorElementType.Float, "n", "half").Input("sines", TensorElementType.Float, "n", "half");
            rotary = " cosines sines";
            if (RotaryShift is not null)
            {
                graph.Input("rotary_rows", TensorElementType.Int64, "rows", "one");
                rotary += " rotary_rows";
            }
        }

        graph.Node(
            "alora.SlotAttention", "query key value keys values cache_slots positions" + rotary, "y",
            new Dictionary<string, long[]> { ["heads"] = [Heads, KeyHeads], ["window"] = Window > 0 ? [Window] : [] },
            new Dictionary<string, float[]> { ["scale"] = [Scale], ["softcap"] = Cap > 0 ? [Cap] : [] });
        OperatorSupport support = OperatorSupport.Cpu();
        return graph.Open(support.Domain ?? throw new InvalidOperationException(support.Reason), threads);
    }

    public List<OrtValue> Inputs(bool shares, int[] rows, Action<long[]>? change = null)
    {
        if (Keys.Length == 0)
        {
            (Keys, Values) = ([.. _startKeys], [.. _startValues]);
        }

        long[] slots = [.. rows.SelectMany(row => TableOf(Rows[row].Slot, shares))];
        change?.Invoke(slots);
        List<OrtValue> values =
        [
            Tensor(Pick(Query, rows), rows.Length, 1, Heads * Size), Tensor(Pick(Key, rows), rows.Length, 1, KeyHeads * Size),
            Tensor(Pick(Value, rows), rows.Length, 1, KeyHeads * Size), Tensor(Keys, Keys.Length), Tensor(Values, Values.Length),
            OrtValue.CreateTensorValueFromMemory(slots, [rows.Length, 5]),
            OrtValue.CreateTensorValueFromMemory([.. rows.Select(row => (long)Rows[row].Position)], [rows.Length, 1]),
        ];
        if (Rotated > 0)
        {
            values.Add(Tensor(Table(Math.Cos), TableRows, Rotated / 2));
            values.Add(Tensor(Table(Math.Sin), TableRows, Rotated / 2));
            if (RotaryShift is int shift)
            {
                values.Add(OrtValue.CreateTensorValueFromMemory(
                    [.. rows.Select(row => (long)Rows[row].Position + shift)], [rows.Length, 1]));
            }
        }

        return values;
    }

    /// <summary>What the rows should be, all of them in one run.</summary>
    public double[] Expected()
    {
        double[] keys = Array.ConvertAll(_startKeys, key => (double)key), values = Array.ConvertAll(_startValues, value => (double)value);
        for (int row = 0; row < Rows.Length; row++)
        {
            for (int head = 0; head < KeyHeads; head++)
            {
                int at = ((row * KeyHeads) + head) * Size;
                int to = TokenOf(Rows[row].Slot, head, Rows[row].Position);
                Rotate(Key.AsSpan(at, Size), Rows[row].Position).CopyTo(keys, to);
                Array.ConvertAll(Value[at..(at + Size)], value => (double)value).CopyTo(values, to);
            }
        }

        double[] y = new double[Query.Length];
        for (int row = 0; row < Rows.Length; row++)
        {
            for (int head = 0; head < Heads; head++)
            {
                Attend(keys, values, row, head, y.AsSpan(((row * Heads) + head) * Size, Size));
            }
        }

        return y;
    }

    public void Check(float[] got, string what, double tolerance = 2e-5)
    {
        double[] expected = Expected();
        for (int at = 0; at < expected.Length; at++)
        {
            Assert.IsTrue(
                Math.Abs(got[at] - expected[at]) <= tolerance, $"{what}: number {at} is {got[at]} instead of {expected[at]}");
        }
    }

    private void Attend(double[] keys, double[] values, int row, int head, Span<double> y)
    {
        (int slot, int position) = Rows[row];
        double[] query = Rotate(Query.AsSpan(((row * Heads) + head) * Size, Size), position);
        int first = Window > 0 ? Math.Max(position - Window + 1, 0) : 0;
        double[] scores = new double[position - first + 1];
        for (int token = first; token <= position; token++)
        {
            int at = TokenOf(slot, head / (Heads / KeyHeads), token);
            double score = 0;
            for (int i = 0; i < Size; i++)
            {
                score += query[i] * keys[at + i] * Scale;
            }

            scores[token - first] = Cap > 0 ? Cap * Math.Tanh(score / Cap) : score;
        }

        double total = 0;
        double largest = scores.Max();
        for (int token = first; token <= position; token++)
        {
            int at = TokenOf(slot, head / (Heads / KeyHeads), token);
            double weight = Math.Exp(scores[token - first] - largest);
            total += weight;
            for (int i = 0; i < Size; i++)
            {
                y[i] += weight * values[at + i];
            }
        }

        for (int i = 0; i < Size; i++)
        {
            y[i] /= total;
        }
    }

    private double[] Rotate(ReadOnlySpan<float> head, int position)
    {
        double[] rotated = Array.ConvertAll(head.ToArray(), number => (double)number);
        int half = Rotated / 2;
        for (int i = 0; i < half; i++)
        {
            double angle = Angle(position + (RotaryShift ?? 0), i);
            rotated[i] = (head[i] * Math.Cos(angle)) - (head[half + i] * Math.Sin(angle));
            rotated[half + i] = (head[half + i] * Math.Cos(angle)) + (head[i] * Math.Sin(angle));
        }

        return rotated;
    }

    private int TableRows => _slots.Max(slot => slot.Capacity) + (RotaryShift ?? 0);

    private float[] Table(Func<double, double> function) =>
        [.. Enumerable.Range(0, TableRows * (Rotated / 2)).Select(at => (float)function(Angle(at / (Rotated / 2), at % (Rotated / 2))))];

    private static double Angle(int position, int pair) => position / Math.Pow(100, pair / 8.0);

    private IEnumerable<long> TableOf(int slot, bool shares)
    {
        AttentionSlot one = _slots[slot];
        bool has = shares && one.Common > 0;
        return
        [
            _offsets[slot], one.Capacity, has ? _offsets[one.CommonWith] : 0, has ? _slots[one.CommonWith].Capacity : 0,
            has ? one.Common : 0,
        ];
    }

    private float[] Pick(float[] all, int[] rows)
    {
        int width = all.Length / Rows.Length;
        return [.. rows.SelectMany(row => all[(row * width)..((row + 1) * width)])];
    }

    private void Copy(float[] numbers, int slot, int head)
    {
        AttentionSlot one = _slots[slot];
        numbers.AsSpan(TokenOf(one.CommonWith, head, 0), one.Common * Size).CopyTo(numbers.AsSpan(TokenOf(slot, head, 0)));
    }

    private float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((_random.NextDouble() * 4) - 2))];

    private static OrtValue Tensor(float[] numbers, params long[] shape) => OrtValue.CreateTensorValueFromMemory(numbers, shape);
}
