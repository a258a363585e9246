namespace ALoRA.Onnx.Serving.Tests.Running;

/// <summary>A clock that goes on when it is read, and lets others act then.</summary>
internal sealed class InterruptingTime(Action interrupt) : TimeProvider
{
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        interrupt();
        return _now += TimeSpan.TicksPerMillisecond;
    }
}
