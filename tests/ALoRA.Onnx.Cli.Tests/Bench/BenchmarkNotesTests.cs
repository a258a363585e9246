using ALoRA.Onnx.Cli.Bench;

namespace ALoRA.Onnx.Cli.Tests.Bench;

[TestClass]
public sealed class BenchmarkNotesTests
{
    [TestMethod]
    public async Task Of_LeftOutLengths_SaysWhyAndHowToAskForThem()
    {
        LeftOutLength[] leftOut =
        [
            new("--context", 32768, TimeSpan.Zero),
            new("--prefill", 4096, TimeSpan.FromSeconds(61)),
            new("--prefill", 16384, TimeSpan.FromSeconds(300)),
            new("--context", 16384, TimeSpan.FromSeconds(300)),
        ];

        string[] notes = [.. BenchmarkNotes.Of(Reports.Of(leftOut, await Reports.ModelAsync()))];

        Assert.HasCount(3, notes);
        Assert.Contains("1.00 MB of weights", notes[0]);
        Assert.AreEqual("Left out, as the context is too short: --context 32768.", notes[1]);
        Assert.AreEqual(
            "Left out, as a figure would take some 2 minutes and more; to measure it as well: --prefill 4096,16384 --context 16384",
            notes[2]);
    }

    [TestMethod]
    public async Task Of_Device_SaysThatItsBandwidthIsNotMeasured()
    {
        BenchmarkedModel model = await Reports.ModelAsync() with { ExecutionProvider = "CUDAExecutionProvider" };

        string note = BenchmarkNotes.Of(Reports.Of([], model)).Single();

        Assert.StartsWith("CUDAExecutionProvider: the device's bandwidth is not measured", note);
        Assert.Contains("1.00 MB of weights", note);
    }
}
