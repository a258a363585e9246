using ALoRA.Onnx.Serving.Running;
using Microsoft.Extensions.Logging.Abstractions;

namespace ALoRA.Onnx.Serving.Tests.Running;

[TestClass]
public sealed class StallGuardTests
{
    private readonly ManualTime _time = new();
    private readonly List<string> _done = [];

    [TestMethod]
    public void Stand_ForLong_GivesUpThenEnds()
    {
        StallGuard guard = Create();
        guard.Stand(() => "state");
        Assert.IsEmpty(_done);
        _time.Pass(StallGuard.Patience);
        guard.Stand(() => "state");
        CollectionAssert.AreEqual(new[] { "give up" }, _done);
        guard.Stand(() => "state");
        _time.Pass(StallGuard.Patience);
        guard.Stand(() => "state");
        CollectionAssert.AreEqual(new[] { "give up", "end" }, _done);
    }

    [TestMethod]
    public void Progress_InBetween_BeginsAnew()
    {
        StallGuard guard = Create();
        guard.Stand(() => "state");
        _time.Pass(StallGuard.Patience / 2);
        guard.Progress();
        guard.Stand(() => "state");
        _time.Pass(StallGuard.Patience / 2);
        guard.Stand(() => "state");
        Assert.IsEmpty(_done);
        _time.Pass(StallGuard.Patience / 2);
        guard.Stand(() => "state");
        guard.Progress();
        guard.Stand(() => "state");
        _time.Pass(StallGuard.Patience);
        guard.Stand(() => "state");
        CollectionAssert.AreEqual(new[] { "give up", "give up" }, _done);
    }

    private StallGuard Create() => new(_time, NullLogger.Instance, () => _done.Add("give up"), _ => _done.Add("end"));

    private sealed class ManualTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Pass(TimeSpan time) => _now += time.Ticks;
    }
}
