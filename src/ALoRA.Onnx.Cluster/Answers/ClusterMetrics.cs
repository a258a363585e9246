using ALoRA.Onnx.Server.Metrics;

namespace ALoRA.Onnx.Cluster.Answers;

/// <summary>Counters of what this server did as one of several. Thread-safe.</summary>
internal sealed class ClusterMetrics
{
    private static readonly double[] PauseBounds = [0.1, 0.25, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 15, 30, 60];

    private long _local;
    private long _remote;
    private long _resumed;
    private long _handedOver;
    private long _refused;

    /// <summary>Requests on the own engine.</summary>
    public long LocalRequests => Volatile.Read(ref _local);

    /// <summary>Requests on another server's engine.</summary>
    public long RemoteRequests => Volatile.Read(ref _remote);

    /// <summary>Times that a request went on elsewhere because its server did not answer.</summary>
    public long Resumed => Volatile.Read(ref _resumed);

    /// <summary>Times that a request went on elsewhere because its server was going to stop.</summary>
    public long HandedOver => Volatile.Read(ref _handedOver);

    /// <summary>Times that a server could not take a request, which went to another one.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>From the last token before to the first one after.</summary>
    public Distribution Pauses { get; } = new(PauseBounds);

    public void Local() => Interlocked.Increment(ref _local);

    public void Remote() => Interlocked.Increment(ref _remote);

    public void Resume() => Interlocked.Increment(ref _resumed);

    public void HandOver() => Interlocked.Increment(ref _handedOver);

    public void Refuse() => Interlocked.Increment(ref _refused);
}
