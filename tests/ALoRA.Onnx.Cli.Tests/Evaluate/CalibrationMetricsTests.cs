using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Cli.Tests.Evaluate;

[TestClass]
public sealed class CalibrationMetricsTests
{
    [TestMethod]
    public void Of_KnownSamples_GivesFiguresByHand()
    {
        CalibrationMetrics metrics = CalibrationMetrics.Of([new(true, 0.9), new(true, 0.9), new(false, 0.95), new(false, 0.15)]);
        Assert.AreEqual(0.5, metrics.Accuracy, 1e-12);
        Assert.AreEqual((0.75 * ((2.75 / 3) - (2.0 / 3))) + (0.25 * 0.15), metrics.CalibrationError, 1e-12);
        Assert.AreEqual(0.5, metrics.AreaUnderCurve!.Value, 1e-12);
        Assert.AreEqual((0.01 + 0.01 + 0.9025 + 0.0225) / 4, metrics.Brier, 1e-12);
        Assert.AreEqual((1, 3), (metrics.Diagram[1].Count, metrics.Diagram[9].Count));
    }

    [TestMethod]
    public void Of_RandomSamples_HasTheAreaOfAllPairs()
    {
        Random random = new(3);
        CertaintySample[] samples =
            [.. Enumerable.Range(0, 300).Select(_ => new CertaintySample(random.Next(3) > 0, random.Next(20) / 20.0))];
        CertaintySample[] right = [.. samples.Where(sample => sample.IsRight)];
        CertaintySample[] wrong = [.. samples.Where(sample => !sample.IsRight)];
        double pairs = right.Sum(x => wrong.Sum(y => x.Certainty > y.Certainty ? 1 : x.Certainty == y.Certainty ? 0.5 : 0));
        Assert.AreEqual(pairs / right.Length / wrong.Length, CalibrationMetrics.Of(samples).AreaUnderCurve!.Value, 1e-12);
    }

    [TestMethod]
    public void Of_NothingButRightAnswers_HasNoArea() => Assert.IsNull(CalibrationMetrics.Of([new(true, 1)]).AreaUnderCurve);
}
