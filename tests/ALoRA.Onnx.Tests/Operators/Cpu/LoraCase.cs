using ALoRA.Onnx.Operators;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Operators.Cpu;

/// <summary>Tensors of a LoraAdd, what they give by plain loops in float64, and the operator's own answer.</summary>
internal sealed class LoraCase : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly int[]? _ranks;
    private readonly int _slotCount;
    private readonly int _rank;
    private double[]? _expected;

    /// <summary>Random numbers.</summary>
    /// <param name="weights">Type of A and B.</param>
    /// <param name="inputs">Inputs of a row.</param>
    /// <param name="parts">Sizes of the fused outputs.</param>
    /// <param name="rank">Rank of the table.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="slots">One slot, or one for each row.</param>
    /// <param name="slotCount">Slots of the table.</param>
    /// <param name="ranks">Rank of each slot; null leaves the input out.</param>
    public LoraCase(
        TensorElementType weights, int inputs, long[] parts, int rank, int rows, int[] slots, int slotCount = 3, int[]? ranks = null)
    {
        Random random = new((rows * 1000) + (rank * 10) + inputs);
        Weights = weights;
        Parts = parts;
        Inputs = inputs;
        Rows = rows;
        Slots = slots;
        _rank = rank;
        _slotCount = slotCount;
        _ranks = ranks;
        Base = Numbers(random, rows * Outputs, 1);
        X = Numbers(random, rows * inputs, 1);
        A = Numbers(random, slotCount * inputs * parts.Length * rank, 1 / Math.Sqrt(inputs));
        B = Numbers(random, slotCount * rank * Outputs, 1 / Math.Sqrt(Math.Max(rank, 1)));
    }

    public TensorElementType Weights { get; }

    public long[] Parts { get; }

    public int Inputs { get; }

    public int Rows { get; }

    public int[] Slots { get; set; }

    public int Outputs => (int)Parts.Sum();

    public float[] Base { get; }

    public float[] X { get; }

    public float[] A { get; }

    public float[] B { get; }

    /// <summary>What the operator gives.</summary>
    /// <param name="threads">Threads of a run.</param>
    /// <param name="isInPlace">Whether the base is a node's output that nobody else reads, so that the result takes its place.</param>
    public float[] Compute(int threads, bool isInPlace = false)
    {
        using InferenceSession session = Open(threads, isInPlace);
        using RunOptions options = new();
        string[] names = [.. Inputs()];
        OrtValue[] values = [.. Values()];
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, names, values, ["y"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();

        IEnumerable<string> Inputs() => _ranks is null ? ["base", "x", "slot", "A", "B"] : ["base", "x", "slot", "A", "B", "ranks"];
    }

    /// <summary>A session with one LoraAdd; the caller disposes it.</summary>
    public InferenceSession Open(int threads, bool isInPlace = false, Action<SessionOptions>? set = null)
    {
        string ranks = _ranks is null ? string.Empty : " ranks";
        NodeGraph graph = new NodeGraph()
            .Input("base", TensorElementType.Float, "batch", "rows", "out").Input("x", TensorElementType.Float, "batch", "rows", "in")
            .Input("slot", TensorElementType.Int32, "slot_batch", "slot_rows").Input("A", Weights, "slots", "in", "width")
            .Input("B", Weights, "slots", "rank", "out").Output("y", TensorElementType.Float, "batch", "rows", "out");
        if (_ranks is not null)
        {
            graph.Input("ranks", TensorElementType.Int32, "slots");
        }

        // Negated twice the numbers keep their bits.
        graph = isInPlace
            ? graph.Node("Neg", "base", "minus").Node("Abs", "minus", "unused").Node("Neg", "minus", "from")
                .Node("alora.LoraAdd", $"from x slot A B{ranks}", "sum", "parts", Parts).Node("Neg", "sum", "less").Node("Neg", "less", "y")
            : graph.Node("alora.LoraAdd", $"base x slot A B{ranks}", "y", "parts", Parts);
        return graph.Open(OperatorSupport.Cpu().Domain!, threads, set);
    }

    /// <summary>The inputs' values, which live until this object is disposed.</summary>
    public List<OrtValue> Values()
    {
        List<OrtValue> values =
        [
            OrtValue.CreateTensorValueFromMemory(Base, [1, Rows, Outputs]), OrtValue.CreateTensorValueFromMemory(X, [1, Rows, Inputs]),
            OrtValue.CreateTensorValueFromMemory(Slots, [1, Slots.Length]),
            WeightsOf(A, [_slotCount, Inputs, Parts.Length * _rank]), WeightsOf(B, [_slotCount, _rank, Outputs]),
        ];
        if (_ranks is not null)
        {
            values.Add(OrtValue.CreateTensorValueFromMemory(_ranks, [_ranks.Length]));
        }

        _owned.AddRange(values);
        return values;
    }

    /// <summary>What it should give.</summary>
    public double[] Expected() => _expected ??= ComputeExpected();

    /// <summary>Fails where the answer is not what it should be.</summary>
    public void Check(float[] got, string what)
    {
        double[] expected = Expected();
        Assert.HasCount(expected.Length, got);
        double worst = 0;
        for (int at = 0; at < got.Length; at++)
        {
            int slot = Slots.Length == 1 ? Slots[0] : Slots[at / Outputs];
            if (slot < 0 && BitConverter.SingleToInt32Bits(got[at]) != BitConverter.SingleToInt32Bits(Base[at]))
            {
                Assert.Fail($"{what}: row {at / Outputs} of the base, output {at % Outputs}: {got[at]:R} instead of {Base[at]:R}");
            }

            double deviation = Math.Abs(got[at] - expected[at]);
            worst = double.IsNaN(deviation) ? double.PositiveInfinity : Math.Max(worst, deviation);
        }

        Assert.IsLessThan(2e-5, worst, what);
    }

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(value => value.Dispose());

    private double[] ComputeExpected()
    {
        double[] y = [.. Base.Select(number => (double)number)];
        int tableWidth = Parts.Length * _rank;
        for (int row = 0; row < Rows; row++)
        {
            int slot = Slots.Length == 1 ? Slots[0] : Slots[row];
            int rank = slot < 0 ? 0 : _ranks is null ? _rank : _ranks[slot];
            for (int part = 0, start = 0; part < Parts.Length; start += (int)Parts[part++])
            {
                for (int k = 0; k < rank; k++)
                {
                    // A slot of a smaller rank begins with its numbers, without gaps.
                    double h = 0;
                    for (int i = 0; i < Inputs; i++)
                    {
                        int at = (slot * Inputs * tableWidth) + (i * Parts.Length * rank) + (part * rank) + k;
                        h += (double)X[(row * Inputs) + i] * A[at];
                    }

                    for (int output = start; output < start + Parts[part]; output++)
                    {
                        y[(row * Outputs) + output] += h * B[(slot * _rank * Outputs) + (k * Outputs) + output];
                    }
                }
            }
        }

        return y;
    }

    private OrtValue WeightsOf(float[] numbers, long[] shape) => Weights == TensorElementType.Float
        ? OrtValue.CreateTensorValueFromMemory(numbers, shape)
        : OrtValue.CreateTensorValueFromMemory(
            Array.ConvertAll(numbers, number => new BFloat16((ushort)(BitConverter.SingleToUInt32Bits(number) >> 16))), shape);

    // Numbers that bfloat16 holds exactly, so that both types of weights give the same.
    private static float[] Numbers(Random random, int count, double scale)
    {
        float[] numbers = new float[count];
        for (int at = 0; at < count; at++)
        {
            uint bits = BitConverter.SingleToUInt32Bits((float)(((random.NextDouble() * 2) - 1) * scale));
            numbers[at] = BitConverter.UInt32BitsToSingle(bits & 0xFFFF_0000);
        }

        return numbers;
    }
}
