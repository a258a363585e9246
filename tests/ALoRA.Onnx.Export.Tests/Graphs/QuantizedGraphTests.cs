using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Tests.Quantization;
using ALoRA.Onnx.Export.Tests.Weights;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>Graphs over blocks against their naive twin: a float32 export of the dequantized weights.</summary>
[TestClass]
public sealed class QuantizedGraphTests
{
    private const float Tolerance = 5e-5f;

    private static readonly int[] Ids = [5, 7, 1, 30, 22, 9, 41, 2];
    private static readonly long[] Positions = [.. Enumerable.Range(0, Ids.Length).Select(i => (long)i)];

    [TestMethod]
    [DataRow(ExportPrecision.Int4, true, 32, true)]
    [DataRow(ExportPrecision.Int8, false, 32, true)]
    [DataRow(ExportPrecision.Int4, false, 32, true)]
    [DataRow(ExportPrecision.Int8, true, 32, true)]
    [DataRow(ExportPrecision.Int8, false, 16, false)]
    [DataRow(ExportPrecision.Int4, true, 64, false)]
    public async Task Export_InBlocks_EqualsFloat32OfTheDequantizedWeights(
        ExportPrecision precision, bool symmetric, int blockSize, bool tied)
    {
        using TemporaryFolder temporary = new();
        string source = new SyntheticCheckpoint(tied: tied).Write(temporary["checkpoint"]);
        ExportOptions options = new() { Precision = precision, Symmetric = symmetric, BlockSize = blockSize, AccuracyLevel = 0 };
        await Exporter.ExportAsync(source, temporary["blocks"], options);
        SyntheticCheckpoint twin = new(tied: tied);
        twin.Transform((name, values, shape) => shape.Length < 2 ? values : Dequantized(
            values, shape,
            new MatrixFormat.Blocks(IsTable(name) || precision == ExportPrecision.Int8 ? 8 : 4, blockSize, !symmetric, false)));
        await Exporter.ExportAsync(twin.Write(temporary["twin-checkpoint"]), temporary["twin"]);

        AssertClose(Run(temporary["twin"]), Run(temporary["blocks"]));
    }

    [TestMethod]
    public async Task Export_Int4EmbeddingAndFloatHead_EqualsFloat32OfTheDequantizedWeights()
    {
        using TemporaryFolder temporary = new();
        string source = new SyntheticCheckpoint(tied: false).Write(temporary["checkpoint"]);
        ExportOptions options = new()
        {
            Precision = ExportPrecision.Int8,
            EmbeddingPrecision = ExportPrecision.Int4,
            HeadPrecision = ExportPrecision.Float32,
            AccuracyLevel = 0,
        };
        await Exporter.ExportAsync(source, temporary["blocks"], options);
        SyntheticCheckpoint twin = new(tied: false);
        twin.Transform((name, values, shape) => shape.Length < 2 || name == "lm_head.weight"
            ? values
            : Dequantized(values, shape, new MatrixFormat.Blocks(name == "model.embed_tokens.weight" ? 4 : 8, 32, false, false)));
        await Exporter.ExportAsync(twin.Write(temporary["twin-checkpoint"]), temporary["twin"]);

        AssertClose(Run(temporary["twin"]), Run(temporary["blocks"]));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(4)]
    public async Task Export_TiedTable_IsStoredOnceWhereBothAreHeldAlike(int accuracyLevel)
    {
        using TemporaryFolder temporary = new();
        string source = new SyntheticCheckpoint().Write(temporary["checkpoint"]);
        await Exporter.ExportAsync(
            source, temporary["shared"], new ExportOptions { Precision = ExportPrecision.Int4, AccuracyLevel = accuracyLevel });
        await Exporter.ExportAsync(
            source, temporary["apart"],
            new ExportOptions { Precision = ExportPrecision.Int4, HeadPrecision = ExportPrecision.Float32, AccuracyLevel = accuracyLevel });

        long shared = new FileInfo(temporary["shared", "model.onnx.data"]).Length;
        long apart = new FileInfo(temporary["apart", "model.onnx.data"]).Length;
        long head = SyntheticCheckpoint.Vocabulary * SyntheticCheckpoint.Hidden * sizeof(float);
        Assert.AreEqual(head, apart - shared, 64);
        AssertSimilar(Run(temporary["shared"]), Run(temporary["apart"]));
    }

    private static bool IsTable(string name) => name is "model.embed_tokens.weight" or "lm_head.weight";

    private static float[] Dequantized(float[] values, long[] shape, MatrixFormat.Blocks format)
    {
        (int rows, int columns) = ((int)shape[0], (int)shape[1]);
        BlockQuantizer quantizer = new(format, ActivationType.Float32, columns, QuantizationMethod.LeastSquares);
        byte[] stored = new byte[rows * quantizer.OutputRowByteLengths.Sum()];
        quantizer.Convert(MemoryTensor.OfFloats("weight", values, shape), 0, rows, new ChunkBuffers(), stored);
        return NaiveBlocks.Dequantize(format, columns, rows, stored);
    }

    private static float[] Run(string folder)
    {
        using GraphRunner runner = new(folder, Ids.Length);
        return runner.Run(Ids, Positions);
    }

    private static void AssertClose(float[] expected, float[] actual) =>
        Assert.IsLessThanOrEqualTo(Tolerance * expected.Max(Math.Abs), Deviation.Largest(expected, actual));

    private static void AssertSimilar(float[] expected, float[] actual) =>
        Assert.IsLessThanOrEqualTo(0.05f * expected.Max(Math.Abs), Deviation.Largest(expected, actual));
}
