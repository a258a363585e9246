using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cpu.Attention;

/// <summary>Nodes of each form against a plain loop, before any model uses them: a new processor may do what none did before.</summary>
internal static class SlotAttentionSelfTest
{
    private const int Heads = 6;
    private const int KeyHeads = 2;
    private const int Capacity = 160;
    private const int Slots = 3;
    private const float Scale = 0.3f;
    private const float Tolerance = 1e-4f;

    /// <summary>Runs it; most of the time goes into compiling the kernels.</summary>
    /// <exception cref="InvalidOperationException">A number is wrong.</exception>
    public static void Run(OperatorDomain domain)
    {
        foreach ((int size, int window, float cap) in (ReadOnlySpan<(int, int, float)>)[(72, 0, 0), (20, 70, 5)])
        {
            NodeGraph graph = new NodeGraph()
                .Input("query", TensorElementType.Float, "rows", "1", "q").Input("key", TensorElementType.Float, "rows", "1", "k")
                .Input("value", TensorElementType.Float, "rows", "1", "k").Input("keys", TensorElementType.Float, "arena")
                .Input("values", TensorElementType.Float, "arena").Input("cache_slots", TensorElementType.Int64, "rows", "5")
                .Input("positions", TensorElementType.Int64, "rows", "1")
                .Node(
                    $"{OperatorDomain.Name}.SlotAttention", "query key value keys values cache_slots positions", "y",
                    new Dictionary<string, long[]> { ["heads"] = [Heads, KeyHeads], ["window"] = window > 0 ? [window] : [] },
                    new Dictionary<string, float[]> { ["scale"] = [Scale], ["softcap"] = cap > 0 ? [cap] : [] })
                .Output("y", TensorElementType.Float, "rows", "1", "q");
            using InferenceSession session = graph.Open(domain, threads: 2);

            // Alone; slots that have 100 tokens in common, and two tokens of one of them.
            Check(session, size, window, cap, [(0, 65, 0)]);
            Check(session, size, window, cap, [(0, 130, 0), (1, 110, 100), (2, 110, 100), (2, 111, 100), (0, 131, 0)]);
        }
    }

    private static void Check(
        InferenceSession session, int size, int window, float cap, (int Slot, int Position, int Common)[] rows)
    {
        Random random = new(1);
        int tokens = Slots * Capacity * KeyHeads * size;
        float[] keys = Numbers(random, tokens), values = Numbers(random, tokens);
        foreach (float[] numbers in (ReadOnlySpan<float[]>)[keys, values])
        {
            for (int head = 0; head < (Slots - 1) * KeyHeads; head++)
            {
                numbers.AsSpan(head % KeyHeads * Capacity * size, 100 * size)
                    .CopyTo(numbers.AsSpan((KeyHeads + head) * Capacity * size));
            }
        }

        float[] query = Numbers(random, rows.Length * Heads * size);
        float[] key = Numbers(random, rows.Length * KeyHeads * size), value = Numbers(random, rows.Length * KeyHeads * size);
        long slotSize = (long)KeyHeads * Capacity * size;
        long[] slots = [.. rows.SelectMany(row => (long[])[row.Slot * slotSize, Capacity, 0, Capacity, row.Common])];
        long[] positions = [.. rows.Select(row => (long)row.Position)];
        float[] y = Compute(session, size, query, key, value, keys, values, slots, positions);
        for (int row = 0; row < rows.Length; row++)
        {
            for (int head = 0; head < Heads; head++)
            {
                long slot = slots[row * CacheSlot.Columns] + (head / (Heads / KeyHeads) * (long)Capacity * size);
                int at = ((row * Heads) + head) * size;
                float[] expected = Plain(query.AsSpan(at, size), keys, values, slot, rows[row].Position, window, cap);
                for (int i = 0; i < size; i++)
                {
                    if (!(Math.Abs(y[at + i] - expected[i]) <= Tolerance))
                    {
                        throw new InvalidOperationException(
                            $"their self-test on the CPU gave {y[at + i]} instead of {expected[i]} (SlotAttention, heads of {size}, "
                            + $"{rows.Length} rows); report this with the name of the processor");
                    }
                }
            }
        }
    }

    // The arena has the new rows by now.
    private static float[] Plain(ReadOnlySpan<float> query, float[] keys, float[] values, long slot, int position, int window, float cap)
    {
        int size = query.Length;
        int first = window > 0 ? Math.Max(position - window + 1, 0) : 0;
        double[] sums = new double[size];
        double total = 0;
        for (int token = first; token <= position; token++)
        {
            double score = 0;
            for (int i = 0; i < size; i++)
            {
                score += query[i] * (double)keys[slot + (token * size) + i];
            }

            score *= Scale;
            double weight = Math.Exp(cap > 0 ? cap * Math.Tanh(score / cap) : score);
            total += weight;
            for (int i = 0; i < size; i++)
            {
                sums[i] += weight * values[slot + (token * size) + i];
            }
        }

        return Array.ConvertAll(sums, sum => (float)(sum / total));
    }

    private static float[] Compute(
        InferenceSession session, int size, float[] query, float[] key, float[] value, float[] keys, float[] values, long[] slots,
        long[] positions)
    {
        using OrtValue queryValue = OrtValue.CreateTensorValueFromMemory(query, [positions.Length, 1, Heads * size]);
        using OrtValue keyValue = OrtValue.CreateTensorValueFromMemory(key, [positions.Length, 1, KeyHeads * size]);
        using OrtValue valueValue = OrtValue.CreateTensorValueFromMemory(value, [positions.Length, 1, KeyHeads * size]);
        using OrtValue keysValue = OrtValue.CreateTensorValueFromMemory(keys, [keys.Length]);
        using OrtValue valuesValue = OrtValue.CreateTensorValueFromMemory(values, [values.Length]);
        using OrtValue slotsValue = OrtValue.CreateTensorValueFromMemory(slots, [positions.Length, CacheSlot.Columns]);
        using OrtValue positionsValue = OrtValue.CreateTensorValueFromMemory(positions, [positions.Length, 1]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(
            options, ["query", "key", "value", "keys", "values", "cache_slots", "positions"],
            [queryValue, keyValue, valueValue, keysValue, valuesValue, slotsValue, positionsValue], ["y"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static float[] Numbers(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next(-16, 17) / 16f)];
}
