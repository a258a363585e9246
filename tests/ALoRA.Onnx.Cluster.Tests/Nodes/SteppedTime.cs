namespace ALoRA.Onnx.Cluster.Tests.Nodes;

/// <summary>A clock that goes on when it is told to.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Add(TimeSpan time) => _ticks += time.Ticks;

    public override long GetTimestamp() => _ticks;
}
