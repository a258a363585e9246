namespace ALoRA.Onnx.Benchmarks.Cluster;

/// <summary>What being a cluster costs, by Orleans' rules and the settings of <c>alora serve --cluster</c>.</summary>
/// <param name="Nodes">Servers.</param>
internal readonly record struct MembershipTraffic(int Nodes)
{
    /// <summary>Bytes of a server's row in the table, of an entry in what servers tell each other of it, and of a report of load.</summary>
    public const int RowBytes = 420;

    /// <inheritdoc cref="RowBytes"/>
    public const int EntryBytes = 150;

    /// <inheritdoc cref="RowBytes"/>
    public const int ReportBytes = 180;

    private const int Probed = 10;
    private const double ProbeSeconds = 1;
    private const double RefreshSeconds = 5;
    private const double AliveSeconds = 30;
    private const double ReportSeconds = 0.25;

    /// <summary>Probes a second, of all servers together; each probes so many others.</summary>
    public double Probes => Nodes * Math.Min(Probed, Nodes - 1) / ProbeSeconds;

    /// <summary>Reads of the whole table a second, and what they are in bytes.</summary>
    public double TableReads => Nodes / RefreshSeconds;

    /// <inheritdoc cref="TableReads"/>
    public double TableBytes => TableReads * Nodes * RowBytes;

    /// <summary>Writes of the table a second while nobody comes or goes.</summary>
    public double TableWrites => Nodes / AliveSeconds;

    /// <summary>Reports of load that a server gets a second, and what all servers send together in bytes.</summary>
    public double ReportsOfOne => (Nodes - 1) / ReportSeconds;

    /// <inheritdoc cref="ReportsOfOne"/>
    public double ReportBytesOfAll => Nodes * ReportsOfOne * ReportBytes;

    /// <summary>Connections between servers.</summary>
    public long Connections => (long)Nodes * (Nodes - 1) / 2;

    /// <summary>Changes of the table while every server is restarted once: it leaves in two steps and comes back in two.</summary>
    public long RestartChanges => 4L * Nodes;

    /// <summary>What servers tell each other meanwhile, in bytes: each change goes to all, with the whole table.</summary>
    public double RestartBytes => (double)RestartChanges * Nodes * Nodes * EntryBytes;
}
