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

    [TestMethod]
    [DataRow(new[] { 0, 8, double.PositiveInfinity, 2, double.NaN, -1 }, 2, 5, 8)]
    [DataRow(new[] { double.NaN, 7 }, 7, 7, 7)]
    public void Median_SomeValuesWereNotMeasured_IsOfTheOthers(double[] values, double smallest, double median, double largest)
    {
        Measurement measurement = new("decode", 0, "tokens/s", values);

        Assert.AreEqual((smallest, median, largest), (measurement.Smallest, measurement.Median, measurement.Largest));
    }

    [TestMethod]
    [DataRow(0d)]
    [DataRow(-0d)]
    [DataRow(-3d)]
    [DataRow(double.PositiveInfinity)]
    [DataRow(double.NegativeInfinity)]
    [DataRow(double.NaN)]
    public void Median_NoValueWasMeasured_IsNull(double value)
    {
        Measurement measurement = new("decode", 0, "tokens/s", [value, value]);

        Assert.IsNull(measurement.Median);
        Assert.IsNull(measurement.Smallest);
        Assert.IsNull(measurement.Largest);
    }

    [TestMethod]
    [DataRow(6d, 3d, 2d)]
    [DataRow(0d, 3d, null)]
    [DataRow(3d, 0d, null)]
    [DataRow(0d, 0d, null)]
    [DataRow(3d, double.PositiveInfinity, null)]
    [DataRow(double.PositiveInfinity, 3d, null)]
    [DataRow(double.NaN, 3d, null)]
    [DataRow(3d, double.Epsilon, null, DisplayName = "a ratio that is itself infinite")]
    public void Ratio_OfFigures_IsNullUnlessBothWereMeasured(double value, double baseline, double? expected)
    {
        Measurement below = new("base", 64, "ms", [baseline]);
        Measurement above = new("multiple", 64, "ms", [value], "base");

        Assert.AreEqual(expected, above.RatioWithin([below, above]));
        Assert.AreEqual(below, above.BaselineWithin([below, above]));
        Assert.AreEqual(expected, new ComparedMeasurement(below, above).Ratio);
    }
}
