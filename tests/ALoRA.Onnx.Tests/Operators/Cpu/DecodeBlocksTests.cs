using ALoRA.Onnx.Operators;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Operators.Cpu;

[TestClass]
public sealed class DecodeBlocksTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(5)]
    public void Compute_AnyThreads_GivesTheRowsThatWereAskedFor(int threads)
    {
        byte[] codes = new byte[900 * 2 * 16];
        new Random(3).NextBytes(codes);
        float[] scales = [.. Enumerable.Range(0, 900 * 2).Select(i => 0.25f + i)];
        float[] found = Run(threads, bits: 4, columns: 50, first: 3, rows: 890, codes, [900, 2, 16], scales);
        Assert.HasCount(890 * 50, found);
        for (int i = 0; i < found.Length; i++)
        {
            int row = 3 + (i / 50);
            int column = i % 50;
            int code = (codes[(row * 32) + (column / 2)] >> (column % 2 * 4)) & 15;
            Assert.AreEqual((code - 8) * scales[(row * 2) + (column / 32)], found[i], $"row {row}, column {column}");
        }
    }

    [TestMethod]
    [DataRow(4, 50, 0, 5, "'codes' is [4, 2, 16], expected [at least 5, blocks of 50 columns, bytes of a block]")]
    [DataRow(4, 65, 0, 4, "'codes' is [4, 2, 16], expected [at least 4, blocks of 65 columns")]
    [DataRow(4, 32, 0, 4, "'codes' is [4, 2, 16], expected [at least 4, blocks of 32 columns")]
    [DataRow(4, 50, 2, 3, "'codes' is [4, 2, 16], expected [at least 5")]
    [DataRow(3, 50, 0, 4, "attribute 'bits' is 3, expected 4 or 8")]
    [DataRow(4, 0, 0, 4, "attribute 'columns' is [0], expected one number above 0")]
    [DataRow(4, 50, -1, 4, "attribute 'rows' is [-1, 4], expected the first row and how many")]
    public void Compute_MatrixThatDoesNotFit_IsRefusedByName(int bits, int columns, int first, int rows, string expected)
    {
        OnnxRuntimeException exception = Assert.ThrowsExactly<OnnxRuntimeException>(
            () => Run(1, bits, columns, first, rows, new byte[4 * 2 * 16], [4, 2, 16], new float[8]));
        StringAssert.Contains(exception.Message, expected, StringComparison.Ordinal);
    }

    [TestMethod]
    public void Compute_ScalesOfAnotherNumber_AreRefusedByName()
    {
        OnnxRuntimeException exception = Assert.ThrowsExactly<OnnxRuntimeException>(
            () => Run(1, 4, 50, 0, 4, new byte[4 * 2 * 16], [4, 2, 16], new float[7]));
        StringAssert.Contains(exception.Message, "'scales' is [7], expected 8 elements", StringComparison.Ordinal);
    }

    private static float[] Run(int threads, int bits, int columns, int first, int rows, byte[] codes, long[] shape, float[] scales)
    {
        NodeGraph graph = new NodeGraph()
            .Input("codes", TensorElementType.UInt8, "n", "blocks", "bytes").Input("scales", TensorElementType.Float, "count")
            .Input("after", TensorElementType.Float, "any")
            .Node(
                $"{OperatorDomain.Name}.DecodeBlocks", "codes scales after", "y",
                new Dictionary<string, long[]> { ["bits"] = [bits], ["columns"] = [columns], ["rows"] = [first, rows] },
                new Dictionary<string, float[]>())
            .Output("y", TensorElementType.Float, "rows", "columns");
        using InferenceSession session = graph.Open(OperatorSupport.CpuTrainings().Domain!, threads);
        using OrtValue codesValue = OrtValue.CreateTensorValueFromMemory(codes, shape);
        using OrtValue scalesValue = OrtValue.CreateTensorValueFromMemory(scales, [scales.Length]);
        using OrtValue after = OrtValue.CreateTensorValueFromMemory(new float[1], [1]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> results =
            session.Run(options, ["codes", "scales", "after"], [codesValue, scalesValue, after], ["y"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
