using ALoRA.Onnx.Training.Optimization;

namespace ALoRA.Onnx.Training.Tests.Optimization;

[TestClass]
public sealed class LearningRateTests
{
    [TestMethod]
    [DataRow(TrainingSchedule.Constant, new[] { 0, 1.0 / 3, 2.0 / 3, 1, 1, 1, 1, 1, 1, 1, 1, 1 })]
    [DataRow(
        TrainingSchedule.Linear,
        new[] { 0, 1.0 / 3, 2.0 / 3, 1, 8.0 / 9, 7.0 / 9, 6.0 / 9, 5.0 / 9, 4.0 / 9, 3.0 / 9, 2.0 / 9, 1.0 / 9 })]
    [DataRow(
        TrainingSchedule.Cosine,
        new[]
        {
            0, 1.0 / 3, 2.0 / 3, 1, 0.969846310, 0.883022222, 0.75, 0.586824089, 0.413175911, 0.25, 0.116977778, 0.030153690,
        })]
    public void At_TwelveStepsThreeOfWarmup_IsTransformers(TrainingSchedule schedule, double[] expected)
    {
        LearningRate rate = new(2, schedule, WarmupSteps: 3, Steps: 12);
        for (int step = 0; step < expected.Length; step++)
        {
            Assert.AreEqual(2 * expected[step], rate.At(step), 1e-8, $"step {step}");
        }
    }

    [TestMethod]
    [DataRow(12, 6)]
    [DataRow(100, 10)]
    [DataRow(1000, 30)]
    [DataRow(1, 0)]
    public void DefaultWarmup_Steps_IsThreePercentWithinLimits(int steps, int expected) =>
        Assert.AreEqual(expected, LearningRate.DefaultWarmup(steps));
}
