using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Tests.CommandLine;

[TestClass]
public sealed class ProgressLinesTests
{
    [TestMethod]
    public void Report_Stages_WritesOneLineEachAndOneEveryTenSeconds()
    {
        using StringWriter writer = new() { NewLine = "\n" };
        ManualClock clock = new();
        ProgressLines progress = new(writer, clock);

        progress.Report(new("Checking", 0, 0));
        progress.Report(new("Writing weights", 0, 2_000_000_000));
        clock.Advance(TimeSpan.FromSeconds(9));
        progress.Report(new("Writing weights", 400_000_000, 2_000_000_000));
        clock.Advance(TimeSpan.FromSeconds(1));
        progress.Report(new("Writing weights", 500_000_000, 2_000_000_000));

        Assert.AreEqual(
            "Checking\nWriting weights (2.00 GB)\nWriting weights: 25 % of 2.00 GB, 50.0 MB/s, 00:00:30 left\n",
            writer.ToString());
    }

    [TestMethod]
    public async Task Run_ScreenThatCannotRedraw_GetsLines()
    {
        await using StringWriter error = new() { NewLine = "\n" };
        using Terminal terminal = new(Stream.Null, TextWriter.Null, error) { IsErrorInteractive = true };
        int result = await ProgressDisplay.RunAsync(terminal, progress =>
        {
            progress.Report(new("Opening demo", 0, 0));
            return Task.FromResult(7);
        });

        Assert.AreEqual(7, result);
        Assert.AreEqual("Opening demo\n", error.ToString());
    }

    [TestMethod]
    public void Report_OtherThingsThanBytes_CountsThem()
    {
        using StringWriter writer = new() { NewLine = "\n" };
        ManualClock clock = new();
        ProgressLines progress = new(writer, clock);

        progress.Report(new("Evaluating", 0, 1200, "rows"));
        clock.Advance(TimeSpan.FromSeconds(10));
        progress.Report(new("Evaluating", 300, 1200, "rows"));

        Assert.AreEqual("Evaluating (1,200 rows)\nEvaluating: 25 % of 1,200 rows, 30 rows/s, 00:00:30 left\n", writer.ToString());
    }

    [TestMethod]
    public async Task Display_StageOfUnknownSize_ShowsNoAmountAndNoBarThatStandsStill()
    {
        using StringWriter screen = new();
        using Terminal terminal = new(Stream.Null, TextWriter.Null, screen) { IsErrorInteractive = true, Width = 60 };
        await ProgressDisplay.RunAsync(terminal, async progress =>
        {
            progress.Report(new("Opening a model", 0, 0));
            await Task.Yield();
            progress.Report(new("Writing weights", 0, 0));
            progress.Report(new("Writing weights", 500, 1000));
            return 0;
        });

        Assert.DoesNotContain("0 of 0", screen.ToString());
        Assert.DoesNotContain(": 0%", screen.ToString());
        Assert.DoesNotContain("0 bytes", screen.ToString());
    }

    [TestMethod]
    [DataRow(0, "0 bytes")]
    [DataRow(999, "999 bytes")]
    [DataRow(1_000, "1.00 KB")]
    [DataRow(999_600, "1.00 MB")]
    [DataRow(12_345_678, "12.3 MB")]
    [DataRow(123_456_789_000, "123 GB")]
    public void Format_Bytes_HasThreeDigits(double bytes, string expected) => Assert.AreEqual(expected, ByteSize.Format(bytes));

    private sealed class ManualClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }
}
