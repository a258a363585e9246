using System.Runtime.InteropServices;
using ALoRA.Onnx.Models;

namespace ALoRA.Onnx.Tests.Models;

[TestClass]
public sealed class LongRunsTests
{
    [TestMethod]
    public void FewestRows_TwoLevelsOnAnX64Processor_IsALimit()
    {
        ModelPrecision precision = TestManifest.Read(json => json["precision"]!["prefill_accuracy_level"] = 0).Precision;

        Assert.AreEqual(0, precision.PrefillAccuracyLevel);
        Assert.AreEqual(64, LongRuns.FewestRows(precision, isHost: true, Architecture.X64));
    }

    [TestMethod]
    public void FewestRows_NothingToGain_NoRunIsLong()
    {
        ModelPrecision two = TestManifest.Read(json => json["precision"]!["prefill_accuracy_level"] = 0).Precision;
        ModelPrecision exact = TestManifest.Read(json => json["precision"]!["accuracy_level"] = 0).Precision;

        Assert.AreEqual(int.MaxValue, LongRuns.FewestRows(TestManifest.Read().Precision, isHost: true, Architecture.X64));
        Assert.AreEqual(int.MaxValue, LongRuns.FewestRows(exact, isHost: true, Architecture.X64));
        Assert.AreEqual(int.MaxValue, LongRuns.FewestRows(two, isHost: false, Architecture.X64));
        Assert.AreEqual(int.MaxValue, LongRuns.FewestRows(two, isHost: true, Architecture.Arm64));
    }
}
