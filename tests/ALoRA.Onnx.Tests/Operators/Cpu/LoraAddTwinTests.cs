using ALoRA.Onnx.Operators;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Operators.Cpu;

/// <summary>LoraAdd and the nodes that it stands for, behind the same product.</summary>
[TestClass]
public sealed class LoraAddTwinTests
{
    private static readonly long[] Parts = [64, 32, 32];

    [TestMethod]
    [DataRow(1)]
    [DataRow(8)]
    [DataRow(24)]
    [DataRow(100)]
    [DataRow(300)]
    public void Run_BehindAProduct_IsWhatFourNodesGive(int rows)
    {
        const int Inputs = 96;
        const int Rank = 8;
        int outputs = (int)Parts.Sum(), width = Parts.Length * Rank;
        Random random = new(rows);
        float[] x = Numbers(random, rows * Inputs, 1), w = Numbers(random, Inputs * outputs, 0.1);
        float[] a = Numbers(random, Inputs * width, 0.1), b = Numbers(random, Rank * outputs, 0.3);
        float[] mask = [.. Enumerable.Range(0, rows).Select(row => row < rows / 2 ? 0f : 1f)];
        int[] slots = [.. mask.Select(one => (int)one - 1)];
        string[] product = ["rows", "96"];
        NodeGraph plain = new NodeGraph()
            .Input("x", TensorElementType.Float, product).Input("w", TensorElementType.Float, "96", "128")
            .Input("a", TensorElementType.Float, "96", "width").Input("b", TensorElementType.Float, "width", "128")
            .Input("rows", TensorElementType.Float, "rows", "1").Output("y", TensorElementType.Float, "rows", "128")
            .Node("MatMul", "x w", "from").Node("MatMul", "x a", "down").Node("Mul", "down rows", "masked")
            .Node("MatMul", "masked b", "up").Node("Add", "from up", "y");
        NodeGraph fused = new NodeGraph()
            .Input("x", TensorElementType.Float, product).Input("w", TensorElementType.Float, "96", "128")
            .Input("a", TensorElementType.Float, "slots", "96", "width").Input("b", TensorElementType.Float, "slots", "rank", "128")
            .Input("rows", TensorElementType.Int32, "rows").Output("y", TensorElementType.Float, "rows", "128")
            .Node("MatMul", "x w", "from").Node("alora.LoraAdd", "from x rows a b", "sum", "parts", Parts)
            .Node("Neg", "sum", "minus").Node("Neg", "minus", "y");
        NodeGraph basis = new NodeGraph()
            .Input("x", TensorElementType.Float, product).Input("w", TensorElementType.Float, "96", "128")
            .Output("y", TensorElementType.Float, "rows", "128").Node("MatMul", "x w", "y");
        float[] expected = Run(
            plain, Tensor(x, rows, Inputs), Tensor(w, Inputs, outputs), Tensor(a, Inputs, width), Tensor(Dense(b), width, outputs),
            Tensor(mask, rows, 1));
        float[] got = Run(
            fused, Tensor(x, rows, Inputs), Tensor(w, Inputs, outputs), Tensor(a, 1, Inputs, width), Tensor(b, 1, Rank, outputs),
            OrtValue.CreateTensorValueFromMemory(slots, [rows]));
        float[] alone = Run(basis, Tensor(x, rows, Inputs), Tensor(w, Inputs, outputs));
        double moved = 0;
        for (int at = 0; at < got.Length; at++)
        {
            Assert.AreEqual(expected[at], got[at], 1e-5, $"row {at / outputs}, output {at % outputs}");
            moved = Math.Max(moved, Math.Abs(got[at] - alone[at]));
        }

        CollectionAssert.AreEqual(alone[..(rows / 2 * outputs)], got[..(rows / 2 * outputs)], "rows of the base");
        Assert.IsGreaterThan(0.1, moved, "the adapter changes something");

        // Of three fused outputs the nodes multiply by the zeros between the blocks, too.
        float[] Dense(float[] blocks)
        {
            float[] dense = new float[width * outputs];
            for (int part = 0, start = 0; part < Parts.Length; start += (int)Parts[part++])
            {
                for (int k = 0; k < Rank; k++)
                {
                    blocks.AsSpan((k * outputs) + start, (int)Parts[part])
                        .CopyTo(dense.AsSpan((((part * Rank) + k) * outputs) + start));
                }
            }

            return dense;
        }
    }

    private static float[] Run(NodeGraph graph, params OrtValue[] values)
    {
        using InferenceSession session = graph.Open(OperatorSupport.Cpu().Domain!, threads: 2);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, session.InputNames, values, ["y"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static OrtValue Tensor(float[] numbers, params long[] shape) => OrtValue.CreateTensorValueFromMemory(numbers, shape);

    private static float[] Numbers(Random random, int count, double scale) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(((random.NextDouble() * 2) - 1) * scale))];
}
