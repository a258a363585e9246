using ALoRA.Onnx.Cli.Evaluate;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Cli.Tests.Evaluate;

[TestClass]
public sealed class BootstrapIntervalsTests
{
    [TestMethod]
    public void Of_ManyRows_HoldTheFiguresAndAreNarrowerThanOfFew()
    {
        CertaintySample[] many = Samples(2000);
        CertaintySample[] few = Samples(50);
        BootstrapIntervals wide = BootstrapIntervals.Of(few);
        BootstrapIntervals narrow = BootstrapIntervals.Of(many);
        double area = CalibrationMetrics.Of(many).AreaUnderCurve!.Value;

        Assert.IsTrue(narrow.AreaUnderCurve!.Value.Low < area && area < narrow.AreaUnderCurve.Value.High);
        Assert.IsLessThan(
            (wide.AreaUnderCurve!.Value.High - wide.AreaUnderCurve.Value.Low) / 3,
            narrow.AreaUnderCurve.Value.High - narrow.AreaUnderCurve.Value.Low);
        Assert.IsLessThan(
            wide.CalibrationError.High - wide.CalibrationError.Low, narrow.CalibrationError.High - narrow.CalibrationError.Low);
        Assert.AreEqual(narrow, BootstrapIntervals.Of(many));
    }

    // By the metrics of the report on rows that were drawn as naively as can be.
    [TestMethod]
    public void Of_Rows_AreThoseOfTheReportsOwnFigures()
    {
        CertaintySample[] samples = Samples(120);
        Random random = new(7);
        CalibrationMetrics[] drawn =
        [
            .. Enumerable.Range(0, 2000).Select(_ => CalibrationMetrics.Of(
                [.. Enumerable.Range(0, samples.Length).Select(_ => samples[random.Next(samples.Length)])])),
        ];
        BootstrapIntervals intervals = BootstrapIntervals.Of(samples);

        Assert.AreEqual(Percentile(drawn.Select(metrics => metrics.CalibrationError), 0.025), intervals.CalibrationError.Low, 0.02);
        Assert.AreEqual(Percentile(drawn.Select(metrics => metrics.CalibrationError), 0.975), intervals.CalibrationError.High, 0.02);
        Assert.AreEqual(Percentile(drawn.Select(metrics => metrics.AreaUnderCurve ?? 0), 0.025), intervals.AreaUnderCurve!.Value.Low, 0.02);
        Assert.AreEqual(Percentile(drawn.Select(metrics => metrics.AreaUnderCurve ?? 0), 0.975), intervals.AreaUnderCurve.Value.High, 0.02);
    }

    [TestMethod]
    public void Of_RightAnswersAlone_HasNoIntervalOfTheArea() =>
        Assert.IsNull(BootstrapIntervals.Of([new CertaintySample(true, 0.5), new CertaintySample(true, 0.7)]).AreaUnderCurve);

    [TestMethod]
    [DataRow(0.0, 10, 0, 0.2775)]
    [DataRow(1.0, 10, 0.7225, 1)]
    [DataRow(0.5, 100, 0.4038, 0.5962)]
    public void WilsonInterval_Share_IsThatOfTheTables(double share, int count, double low, double high)
    {
        (double gotLow, double gotHigh) = ReliabilityDiagram.WilsonInterval(share, count);

        Assert.AreEqual(low, gotLow, 1e-4);
        Assert.AreEqual(high, gotHigh, 1e-4);
    }

    private static double Percentile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)(share * (sorted.Length - 1))];
    }

    private static CertaintySample[] Samples(int count)
    {
        Random random = new(3);
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                double certainty = Math.Round(random.NextDouble(), 2);
                return new CertaintySample(random.NextDouble() < 0.2 + (0.6 * certainty), certainty);
            }),
        ];
    }
}
