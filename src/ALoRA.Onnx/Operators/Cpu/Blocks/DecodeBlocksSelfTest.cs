using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cpu.Blocks;

/// <summary>Nodes of each form against a plain loop, before any model uses them: a new processor may do what none did before.</summary>
internal static class DecodeBlocksSelfTest
{
    private const int Rows = 700;
    private const int First = 300;
    private const int Columns = 75;
    private const int BlockSize = 32;
    private const int Blocks = 3;

    /// <summary>Runs it.</summary>
    /// <exception cref="InvalidOperationException">A number is wrong.</exception>
    public static void Run(OperatorDomain domain)
    {
        foreach ((int bits, bool hasZeroPoints) in (ReadOnlySpan<(int, bool)>)[(4, true), (4, false), (8, true), (8, false)])
        {
            Check(domain, bits, hasZeroPoints);
        }
    }

    private static void Check(OperatorDomain domain, int bits, bool hasZeroPoints)
    {
        NodeGraph graph = new NodeGraph()
            .Input("codes", TensorElementType.UInt8, "n", "blocks", "bytes").Input("scales", TensorElementType.Float, "n", "blocks")
            .Input("after", TensorElementType.Float, "any").Input("zeros", TensorElementType.UInt8, "n", "zero_bytes")
            .Node(
                $"{OperatorDomain.Name}.DecodeBlocks", hasZeroPoints ? "codes scales after zeros" : "codes scales after", "y",
                new Dictionary<string, long[]> { ["bits"] = [bits], ["columns"] = [Columns], ["rows"] = [First, Rows - First] },
                new Dictionary<string, float[]>())
            .Output("y", TensorElementType.Float, "rows", "columns");
        using InferenceSession session = graph.Open(domain, threads: 2);
        Random random = new(bits);
        int bytes = BlockSize * bits / 8;
        int zeroBytes = ((Blocks * bits) + 7) / 8;
        byte[] codes = new byte[Rows * Blocks * bytes], zeros = new byte[Rows * zeroBytes];
        random.NextBytes(codes);
        random.NextBytes(zeros);
        float[] scales = [.. Enumerable.Range(0, Rows * Blocks).Select(_ => random.NextSingle())];
        using OrtValue codesValue = OrtValue.CreateTensorValueFromMemory(codes, [Rows, Blocks, bytes]);
        using OrtValue scalesValue = OrtValue.CreateTensorValueFromMemory(scales, [Rows, Blocks]);
        using OrtValue after = OrtValue.CreateTensorValueFromMemory(new float[1], [1]);
        using OrtValue zerosValue = OrtValue.CreateTensorValueFromMemory(zeros, [Rows, zeroBytes]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(
            options, ["codes", "scales", "after", "zeros"], [codesValue, scalesValue, after, zerosValue], ["y"]);
        ReadOnlySpan<float> y = results[0].GetTensorDataAsSpan<float>();
        for (int i = 0; i < y.Length; i++)
        {
            int row = First + (i / Columns);
            int column = i % Columns;
            int block = column / BlockSize;
            int zero = hasZeroPoints ? Code(zeros, row * zeroBytes, block, bits) : 1 << (bits - 1);
            float expected = (Code(codes, row * Blocks * bytes, column, bits) - zero) * scales[(row * Blocks) + block];
            if (y[i] != expected)
            {
                throw new InvalidOperationException(
                    $"their self-test on the CPU gave {y[i]} instead of {expected} (DecodeBlocks, {bits} bits, row {row}, column "
                    + $"{column}); report this with the name of the processor");
            }
        }
    }

    private static int Code(byte[] packed, int start, int index, int bits) =>
        bits == 8 ? packed[start + index] : (packed[start + (index / 2)] >> (index % 2 * 4)) & 15;
}
