using ALoRA.Onnx.Cli.Bench;

namespace ALoRA.Onnx.Cli.Tests.Bench;

[TestClass]
public sealed class ReadBandwidthTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Measure_Threads_GivesANumber(int threads)
    {
        using ReadBandwidth memory = new();

        double bandwidth = memory.Measure(threads);

        Assert.IsTrue(double.IsFinite(bandwidth) && bandwidth > 0);
    }
}
