using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Export;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Tests.Export;

[TestClass]
public sealed class ExportProgressAdapterTests
{
    [TestMethod]
    public void Report_AnyState_SaysWhatTheLibrarySays()
    {
        List<ProgressState> shown = [];
        ExportProgressAdapter adapter = new(new Recorder(shown));
        ExportProgress unknown = new(ExportStage.Check, 0, 0, 0, null);
        ExportProgress known = new(ExportStage.Weights, 500_000, 2_000_000, 1000, TimeSpan.FromSeconds(1));
        adapter.Report(unknown);
        adapter.Report(known);

        Assert.AreEqual("Checking the checkpoint", unknown.ToString());
        Assert.AreEqual("Writing weights: 25 % of 2,000,000 bytes", known.ToString());
        Assert.AreEqual(new ProgressState("Checking the checkpoint", 0, 0), shown[0]);
        Assert.AreEqual(new ProgressState("Writing weights", 500_000, 2_000_000), shown[1]);
    }

    private sealed class Recorder(List<ProgressState> shown) : IProgress<ProgressState>
    {
        public void Report(ProgressState value) => shown.Add(value);
    }
}
