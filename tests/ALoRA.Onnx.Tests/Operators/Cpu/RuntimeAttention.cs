using ALoRA.Onnx.Operators;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Operators.Cpu;

/// <summary>
/// ONNX Runtime's GroupQueryAttention for the rows of an <see cref="AttentionCase"/>: what a conversation alone is computed by.
/// </summary>
internal static class RuntimeAttention
{
    /// <summary>Computes each row by itself, behind the tokens that the case's last run left in its slot.</summary>
    public static float[] Compute(AttentionCase one)
    {
        using InferenceSession session = Open(one);
        float[] y = new float[one.Query.Length];
        int width = y.Length / one.Rows.Length;
        for (int row = 0; row < one.Rows.Length; row++)
        {
            Run(session, one, row).CopyTo(y, row * width);
        }

        return y;
    }

    private static float[] Run(InferenceSession session, AttentionCase one, int row)
    {
        (int slot, int position) = one.Rows[row];
        int width = one.KeyHeads * one.Size;
        float[] keys = new float[width * position], values = new float[width * position];
        for (int head = 0; head < one.KeyHeads; head++)
        {
            int from = one.TokenOf(slot, head, 0), count = position * one.Size;
            one.Keys.AsSpan(from, count).CopyTo(keys.AsSpan(head * count));
            one.Values.AsSpan(from, count).CopyTo(values.AsSpan(head * count));
        }

        int queries = one.Heads * one.Size;
        long[] past = [1, one.KeyHeads, position, one.Size];
        using OrtValue query = Tensor(one.Query[(row * queries)..((row + 1) * queries)], [1, 1, queries]);
        using OrtValue key = Tensor(one.Key[(row * width)..((row + 1) * width)], [1, 1, width]);
        using OrtValue value = Tensor(one.Value[(row * width)..((row + 1) * width)], [1, 1, width]);
        using OrtValue pastKeys = Tensor(keys, past), pastValues = Tensor(values, past);
        using OrtValue lengths = Tensor<int>([position], [1, 1]), total = Tensor<int>([position + 1], [1]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(
            options, session.InputNames, [query, key, value, pastKeys, pastValues, lengths, total], ["y"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static InferenceSession Open(AttentionCase one)
    {
        Dictionary<string, long> integers = new() { ["num_heads"] = one.Heads, ["kv_num_heads"] = one.KeyHeads };
        Dictionary<string, float> floats = new() { ["scale"] = one.Scale };
        if (one.Window > 0)
        {
            integers.Add("local_window_size", one.Window);
        }

        if (one.Cap > 0)
        {
            floats.Add("softcap", one.Cap);
        }

        NodeGraph graph = new NodeGraph()
            .Input("query", TensorElementType.Float, "1", "1", "q").Input("key", TensorElementType.Float, "1", "1", "k")
            .Input("value", TensorElementType.Float, "1", "1", "k")
            .Input("past_key", TensorElementType.Float, "1", "h", "past", "d")
            .Input("past_value", TensorElementType.Float, "1", "h", "past", "d").Input("lengths", TensorElementType.Int32, "1", "1")
            .Input("total", TensorElementType.Int32, "1")
            .Output("y", TensorElementType.Float, "1", "1", "q").Output("present_key", TensorElementType.Float, "1", "h", "total", "d")
            .Output("present_value", TensorElementType.Float, "1", "h", "total", "d")
            .Node(
                "com.microsoft.GroupQueryAttention", "query key value past_key past_value lengths total", "y present_key present_value",
                integers, floats);
        OperatorSupport support = OperatorSupport.Cpu();
        return graph.Open(support.Domain ?? throw new InvalidOperationException(support.Reason), threads: 2);
    }

    private static OrtValue Tensor<T>(T[] numbers, long[] shape)
        where T : unmanaged => OrtValue.CreateTensorValueFromMemory(numbers, shape);
}
