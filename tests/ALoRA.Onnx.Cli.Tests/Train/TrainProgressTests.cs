using ALoRA.Onnx.Cli.Train;
using ALoRA.Onnx.Training;

namespace ALoRA.Onnx.Cli.Tests.Train;

[TestClass]
public sealed class TrainProgressTests
{
    [TestMethod]
    public void Describe_Step_HasLossesSpeedAndTime() => Assert.AreEqual(
        "Step 20 of 1,200, epoch 2: loss 0.3177, lr 6.0E-4, held out 0.2433 and 0.854 exact, 165 tokens/s, 23.5 rows/s, 26:02:03 left",
        TrainProgress.Describe(new TrainingStep
        {
            Stage = TrainingStage.Training,
            Step = 20,
            Steps = 1200,
            Epoch = 2,
            Loss = 0.31771,
            LearningRate = 6e-4,
            HeldOutLoss = 0.24331,
            HeldOutAccuracy = 0.854,
            TokensPerSecond = 165.2,
            ExamplesPerSecond = 23.51,
            Remaining = new TimeSpan(26, 2, 3),
        }));
}
