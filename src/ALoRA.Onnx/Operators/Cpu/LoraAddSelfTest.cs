using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>Nodes of each form against a plain loop, before any model uses them: a new processor may do what none did before.</summary>
internal static class LoraAddSelfTest
{
    private const int In = 70;
    private const int Slots = 2;
    private const float Tolerance = 1e-3f;
    private static readonly long[] Parts = [48, 20];

    /// <summary>Runs it; most of the time goes into compiling the kernels.</summary>
    /// <exception cref="InvalidOperationException">A number is wrong.</exception>
    public static void Run(OperatorDomain domain)
    {
        foreach (TensorElementType weights in (ReadOnlySpan<TensorElementType>)[TensorElementType.Float, TensorElementType.BFloat16])
        {
            NodeGraph graph = new NodeGraph()
                .Input("base", TensorElementType.Float, "rows", "out").Input("x", TensorElementType.Float, "rows", "in")
                .Input("slot", TensorElementType.Int32, "rows").Input("A", weights, "slots", "in", "width")
                .Input("B", weights, "slots", "rank", "out")
                .Node($"{OperatorDomain.Name}.LoraAdd", "base x slot A B", "y", "parts", Parts)
                .Output("y", TensorElementType.Float, "rows", "out");
            using InferenceSession session = graph.Open(domain, threads: 2);
            // One row of each, four rows of one adapter, and so many that the rows are split over the threads.
            Check(session, weights, rank: 16, [1]);
            Check(session, weights, rank: 5, [-1, 1, 0, 1, 1, 1, 0]);
            Check(session, weights, rank: 16, [.. Enumerable.Range(0, 40).Select(row => (row / 11 % 3) - 1)]);
        }
    }

    private static void Check(InferenceSession session, TensorElementType weights, int rank, int[] slots)
    {
        Random random = new(1);
        int rows = slots.Length;
        int width = Parts.Length * rank;
        int outputs = (int)Parts.Sum();
        float[] from = Numbers(random, rows * outputs), x = Numbers(random, rows * In);
        float[] a = Numbers(random, Slots * In * width), b = Numbers(random, Slots * rank * outputs);
        float[] y = Compute(session, weights, rank, slots, from, x, a, b);
        float[] h = new float[width];
        for (int row = 0; row < rows; row++)
        {
            int slot = slots[row];
            for (int k = 0; slot >= 0 && k < width; k++)
            {
                h[k] = 0;
                for (int input = 0; input < In; input++)
                {
                    h[k] += x[(row * In) + input] * a[(((slot * In) + input) * width) + k];
                }
            }

            for (int output = 0; output < outputs; output++)
            {
                float expected = from[(row * outputs) + output];
                int part = output < Parts[0] ? 0 : 1;
                for (int k = 0; slot >= 0 && k < rank; k++)
                {
                    expected += h[(part * rank) + k] * b[(((slot * rank) + k) * outputs) + output];
                }

                float got = y[(row * outputs) + output];
                if (slot < 0 ? got != expected : !(Math.Abs(got - expected) <= Tolerance))
                {
                    throw new InvalidOperationException(
                        $"their self-test on the CPU gave {got} instead of {expected} (LoraAdd, {weights}, rank {rank}, {rows} rows); "
                        + "report this with the name of the processor");
                }
            }
        }
    }

    private static float[] Compute(
        InferenceSession session, TensorElementType weights, int rank, int[] slots, float[] from, float[] x, float[] a, float[] b)
    {
        int outputs = (int)Parts.Sum();
        using OrtValue baseValue = OrtValue.CreateTensorValueFromMemory(from, [slots.Length, outputs]);
        using OrtValue xValue = OrtValue.CreateTensorValueFromMemory(x, [slots.Length, In]);
        using OrtValue slotValue = OrtValue.CreateTensorValueFromMemory(slots, [slots.Length]);
        using OrtValue aValue = Weights(weights, a, [Slots, In, Parts.Length * rank]);
        using OrtValue bValue = Weights(weights, b, [Slots, rank, outputs]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> results =
            session.Run(options, ["base", "x", "slot", "A", "B"], [baseValue, xValue, slotValue, aValue, bValue], ["y"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static OrtValue Weights(TensorElementType type, float[] numbers, long[] shape) => type == TensorElementType.Float
        ? OrtValue.CreateTensorValueFromMemory(numbers, shape)
        : OrtValue.CreateTensorValueFromMemory(
            Array.ConvertAll(numbers, number => new BFloat16((ushort)(BitConverter.SingleToUInt32Bits(number) >> 16))), shape);

    // Sixteenths from -1 to 1, which bfloat16 holds exactly.
    private static float[] Numbers(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next(-16, 17) / 16f)];
}
