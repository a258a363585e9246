using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Tests.Weights;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Tests.Quantization;

[TestClass]
public sealed class QuantizedRowsTests
{
    private const int Columns = 32;
    private static readonly MatrixFormat.Blocks Format = new(4, 32, HasZeroPoints: true, HasMinimums: false);
    private static readonly CheckpointTensor First = MemoryTensor.OfFloats("first", new float[2 * Columns], 2, Columns);
    private static readonly CheckpointTensor Second = MemoryTensor.OfFloats("second", new float[3 * Columns], 3, Columns);
    private static readonly CalibrationPlan Plan = new(ActivationType.Float32, [new CalibrationTarget("weight", [First, Second], Format)]);

    [TestMethod]
    public void Convert_RowsOfTheSecondTensor_GivesThemSectionBySection()
    {
        using TemporaryFolder temporary = new();
        using QuantizedRows rows = new(temporary["rows"], Plan);

        // Three rows of 16 bytes of codes, 4 of a scale, 1 of a zero point, each byte with its own number.
        byte[] stored = [.. Enumerable.Range(0, 3 * 21).Select(i => (byte)i)];
        rows.Write("second", 0, stored);
        rows.Write("first", 0, Enumerable.Repeat((byte)0xFF, 2 * 21).ToArray());
        QuantizedRowsConverter converter = new("second", Format, ActivationType.Float32, Columns);
        byte[] output = new byte[2 * 21];
        converter.Convert(Second, 1, 2, new ChunkBuffers(rows), output);

        CollectionAssert.AreEqual(new[] { 16, 4, 1 }, converter.OutputRowByteLengths.ToArray());
        CollectionAssert.AreEqual(stored[16..48].Concat(stored[52..60]).Concat(stored[61..63]).ToArray(), output);
    }

    [TestMethod]
    public void Read_BeforeTheRowsAreQuantized_SaysSo()
    {
        using TemporaryFolder temporary = new();
        using QuantizedRows rows = new(temporary["rows"], Plan);
        Assert.ThrowsExactly<InvalidOperationException>(() => rows.Read("first", 0, new byte[1]));
    }

    [TestMethod]
    public void Convert_WithoutRows_SaysThatCalibrationHasNotRun()
    {
        QuantizedRowsConverter converter = new("first", Format, ActivationType.Float32, Columns);
        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(
            () => converter.Convert(First, 0, 1, new ChunkBuffers(), new byte[21]));
        StringAssert.Contains(exception.Message, "Calibration has not run");
    }

    [TestMethod]
    public void Dispose_DeletesTheFile()
    {
        using TemporaryFolder temporary = new();
        QuantizedRows rows = new(temporary["rows"], Plan);
        rows.Write("first", 0, [1]);
        Assert.IsTrue(File.Exists(temporary["rows"]));
        rows.Dispose();
        Assert.IsFalse(File.Exists(temporary["rows"]));
    }
}
