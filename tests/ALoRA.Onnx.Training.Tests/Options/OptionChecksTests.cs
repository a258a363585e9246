using ALoRA.Onnx.Training.Options;

namespace ALoRA.Onnx.Training.Tests.Options;

[TestClass]
public sealed class OptionChecksTests
{
    private static IEnumerable<object[]> Wrong =>
    [
        [new TrainingOptions { Rank = 0 }, "Rank"],
        [new TrainingOptions { Alpha = double.NaN }, "Alpha"],
        [new TrainingOptions { Targets = [] }, "Targets"],
        [new TrainingOptions { Layers = [-1] }, "Layers"],
        [new TrainingOptions { Dropout = 1 }, "Dropout"],
        [new TrainingOptions { LearningRate = 0 }, "LearningRate"],
        [new TrainingOptions { ClipNorm = 0 }, "ClipNorm"],
        [new TrainingOptions { BatchSize = 0 }, "BatchSize"],
        [new TrainingOptions { ValidationShare = 1 }, "ValidationShare"],
        [new TrainingOptions { MaxLength = 1 }, "MaxLength"],
        [new TrainingOptions { Steps = 0 }, "Steps"],
        [new TrainingOptions { PrefixCacheBytes = -1 }, "PrefixCacheBytes"],
    ];

    [TestMethod]
    [DynamicData(nameof(Wrong))]
    public void Check_ValueOutOfRange_IsNamed(TrainingOptions options, string name)
    {
        ArgumentOutOfRangeException exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OptionChecks.Check(options));
        Assert.AreEqual(name, exception.ParamName);
        StringAssert.StartsWith(exception.Message, $"{name}: expected ", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Check_Defaults_AreInRange() => OptionChecks.Check(new TrainingOptions());
}
