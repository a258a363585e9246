using ALoRA.Onnx.Cli.Bench;

namespace ALoRA.Onnx.Cli.Tests.Bench;

[TestClass]
public sealed class MeasurementTests
{
    [TestMethod]
    [DataRow(new double[] { 5 }, 5)]
    [DataRow(new double[] { 9, 1, 4 }, 4)]
    [DataRow(new double[] { 8, 1, 4, 2 }, 3)]
    public void Median_Values_IsTheMiddle(double[] values, double expected)
    {
        Measurement measurement = new("decode", 0, "ms", values);

        Assert.AreEqual(expected, measurement.Median);
        Assert.AreEqual(values.Min(), measurement.Smallest);
        Assert.AreEqual(values.Max(), measurement.Largest);
    }
}
