using ALoRA.Onnx.Export.Tests.Graphs;

namespace ALoRA.Onnx.Export.Tests.Calibration;

[TestClass]
public sealed class CalibrationPassTests
{
    private static readonly int[] Ids = [5, 7, 1, 30, 22, 9, 41, 2, 17, 33, 4, 12];
    private static readonly long[] Positions = [.. Enumerable.Range(0, Ids.Length).Select(i => (long)i)];

    [TestMethod]
    [DataRow("llama", true, ExportPrecision.Int4, 8)]
    [DataRow("llama", false, ExportPrecision.Int4, 8)]
    [DataRow("granite", true, ExportPrecision.Int4, 8)]
    [DataRow("llama", true, ExportPrecision.Int4Mixed, 7)]
    public async Task Export_Gptq_IsCloserToFloat32ThanRoundToNearest(
        string modelType, bool symmetric, ExportPrecision precision, int projections)
    {
        using TemporaryFolder temporary = new();
        string source = Checkpoint(modelType).Write(temporary["checkpoint"]);
        OnnxRuntimeCalibration calibration = new(Text(1, 40), Text(2, 64), Text(3, 1));
        ExportOptions options = new()
        {
            Precision = precision,
            Symmetric = symmetric,
            AccuracyLevel = 0,
            Quantization = QuantizationMethod.Gptq,
            Calibration = calibration,
        };
        await Exporter.ExportAsync(source, temporary["float32"]);
        await Exporter.ExportAsync(source, temporary["gptq"], options);
        await Exporter.ExportAsync(
            source, temporary["rtn"],
            new ExportOptions
            {
                Precision = precision,
                Symmetric = symmetric,
                AccuracyLevel = 0,
                Quantization = QuantizationMethod.RoundToNearest,
            });

        float[] expected = Run(temporary["float32"]);
        double gptq = SquaredError(expected, Run(temporary["gptq"]));
        double nearest = SquaredError(expected, Run(temporary["rtn"]));

        Assert.IsLessThan(0.9 * nearest, gptq);
        Assert.AreEqual(projections, calibration.Graphs);
        Assert.AreEqual(
            new FileInfo(temporary["rtn", "model.onnx.data"]).Length, new FileInfo(temporary["gptq", "model.onnx.data"]).Length);
        Assert.IsEmpty(Directory.GetDirectories(temporary["gptq"]));
        StringAssert.Contains(
            File.ReadAllText(temporary["gptq", "alora_config.json"]), "\"quantization_method\": \"gptq\"", StringComparison.Ordinal);
        StringAssert.Contains(
            File.ReadAllText(temporary["gptq", "alora_config.json"]), "\"calibration\": \"test\"", StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow("gemma3_text")]
    [DataRow("olmo2")]
    [DataRow("phi3")]
    [DataRow("smollm3")]
    [DataRow("stablelm")]
    [DataRow("qwen3")]
    public async Task Export_GptqOfAnyArchitecture_IsCloserToFloat32ThanRoundToNearest(string model)
    {
        string source = GoldenData.Path("models", model);
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(source, temporary["float32"]);
        await Exporter.ExportAsync(source, temporary["gptq"], Options(new OnnxRuntimeCalibration(Text(1, 64), Text(2, 64), Text(3, 64))));
        await Exporter.ExportAsync(
            source, temporary["rtn"],
            new ExportOptions { Precision = ExportPrecision.Int4, AccuracyLevel = 0, Quantization = QuantizationMethod.RoundToNearest });

        float[] expected = Run(temporary["float32"]);
        Assert.IsLessThan(SquaredError(expected, Run(temporary["rtn"])), SquaredError(expected, Run(temporary["gptq"])));
    }

    [TestMethod]
    public async Task Export_GptqTwice_GivesTheSameBytes()
    {
        using TemporaryFolder temporary = new();
        string source = Checkpoint("llama").Write(temporary["checkpoint"]);
        foreach (string name in (string[])["first", "second"])
        {
            await Exporter.ExportAsync(source, temporary[name], Options(new OnnxRuntimeCalibration(Text(1, 60))));
        }

        CollectionAssert.AreEqual(
            File.ReadAllBytes(temporary["first", "model.onnx.data"]), File.ReadAllBytes(temporary["second", "model.onnx.data"]));
    }

    [TestMethod]
    public async Task Export_GptqWithoutCalibration_IsRefused()
    {
        ArgumentException error = await Assert.ThrowsExactlyAsync<ArgumentException>(
            () => Exporter.ExportAsync("checkpoint", "model", Options(null)));
        StringAssert.Contains(error.Message, "Calibration", StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow(new int[0], "at least one token")]
    [DataRow(new[] { 1, 48 }, "below 48")]
    [DataRow(new[] { -1 }, "below 48")]
    public async Task Export_GptqOnTokensThatTheModelDoesNotHave_IsRefusedAndLeavesNothing(int[] tokens, string expected)
    {
        using TemporaryFolder temporary = new();
        string source = Checkpoint("llama").Write(temporary["checkpoint"]);
        ArgumentException error = await Assert.ThrowsExactlyAsync<ArgumentException>(
            () => Exporter.ExportAsync(source, temporary["model"], Options(new OnnxRuntimeCalibration([1, 2], tokens))));
        StringAssert.Contains(error.Message, expected, StringComparison.Ordinal);
        Assert.HasCount(1, Directory.GetFileSystemEntries(temporary.Path));
    }

    [TestMethod]
    [DataRow(0f)]
    [DataRow(-1f)]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public async Task Export_GptqWithADampingThatIsNone_IsRefusedAndLeavesNothing(float damping)
    {
        using TemporaryFolder temporary = new();
        string source = Checkpoint("llama").Write(temporary["checkpoint"]);
        ArgumentException error = await Assert.ThrowsExactlyAsync<ArgumentException>(
            () => Exporter.ExportAsync(source, temporary["model"], Options(new OnnxRuntimeCalibration([1, 2]) { Damping = damping })));
        StringAssert.Contains(error.Message, "Damping: expected a number above 0", StringComparison.Ordinal);
        Assert.HasCount(1, Directory.GetFileSystemEntries(temporary.Path));
    }

    [TestMethod]
    public async Task Export_GptqCancelled_LeavesNothing()
    {
        using TemporaryFolder temporary = new();
        string source = Checkpoint("llama").Write(temporary["checkpoint"]);
        using CancellationTokenSource cancellation = new();
        OnnxRuntimeCalibration calibration = new(Text(1, 8), Text(2, 8)) { OnRun = cancellation.Cancel };
        await Assert.ThrowsAsync<OperationCanceledException>(
            () => Exporter.ExportAsync(source, temporary["model"], Options(calibration), cancellationToken: cancellation.Token));
        Assert.HasCount(1, Directory.GetFileSystemEntries(temporary.Path));
    }

    private static ExportOptions Options(ICalibration? calibration) =>
        new() { Precision = ExportPrecision.Int4, AccuracyLevel = 0, Quantization = QuantizationMethod.Gptq, Calibration = calibration };

    // Rows that share a few directions, as trained weights do; norms are positive.
    private static SyntheticCheckpoint Checkpoint(string modelType)
    {
        SyntheticCheckpoint checkpoint = new(modelType);
        checkpoint.Transform((_, values, shape) => shape.Length == 1 ? [.. values.Select(value => 0.5f + Math.Abs(value))] : values);
        return checkpoint;
    }

    private static int[] Text(int seed, int length)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(SyntheticCheckpoint.Vocabulary))];
    }

    private static float[] Run(string folder)
    {
        using GraphRunner runner = new(folder, Ids.Length);
        return runner.Run(Ids, Positions);
    }

    private static double SquaredError(float[] expected, float[] actual) =>
        Deviation.OrInfinite(expected.Zip(actual, (a, b) => (double)(a - b) * (a - b)).Sum());
}
