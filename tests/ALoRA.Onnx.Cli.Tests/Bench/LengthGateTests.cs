using ALoRA.Onnx.Cli.Bench;

namespace ALoRA.Onnx.Cli.Tests.Bench;

[TestClass]
public sealed class LengthGateTests
{
    [TestMethod]
    public void IsOpen_UsualLength_IsLeftOutIfItsRunsTakeLongerThanAllowed()
    {
        // A warm-up and four repetitions of 4 s each: 20 s; of 16 s each: 80 s.
        BenchmarkPlan plan = PlanOf(LengthChoice.Choose("--context", null, 20_000, 0), repetitions: 4, TimeSpan.FromSeconds(20));
        LengthGate gate = new(plan);

        Assert.IsTrue(gate.IsOpen("--context", plan.Contexts, 256));
        gate.Passed(1024, TimeSpan.FromSeconds(1));
        Assert.IsTrue(gate.IsOpen("--context", plan.Contexts, 4096));
        Assert.IsFalse(gate.IsOpen("--context", plan.Contexts, 16384));

        CollectionAssert.AreEqual(
            new[] { new LeftOutLength("--context", 32768, TimeSpan.Zero), new LeftOutLength("--context", 16384, TimeSpan.FromSeconds(80)) },
            gate.LeftOut.ToArray());
        Assert.IsTrue(gate.LeftOut[1].Fits);
    }

    [TestMethod]
    public void IsOpen_LengthThatWasAskedFor_IsMeasuredHoweverLongItTakes()
    {
        BenchmarkPlan plan = PlanOf(LengthChoice.Choose("--context", [16384], 20_000, 0), repetitions: 4, TimeSpan.Zero);
        LengthGate gate = new(plan);
        gate.Passed(256, TimeSpan.FromHours(1));

        Assert.IsTrue(gate.IsOpen("--context", plan.Contexts, 16384));
        Assert.IsFalse(gate.IsOpen("--context", plan.Contexts, 4096));
        Assert.IsEmpty(gate.LeftOut);
    }

    private static BenchmarkPlan PlanOf(LengthChoice contexts, int repetitions, TimeSpan longest) =>
        new(new LengthChoice([], IsGiven: true, []), contexts, Adapter: null, Lora: null, Fanout: 0, repetitions, longest);
}
