using ALoRA.Onnx.Cluster.Wire;
using ALoRA.Onnx.Server.Lifetime;
using ALoRA.Onnx.Server.Models;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>How this server stands in the cluster. Thread-safe.</summary>
internal sealed class ClusterState(ServedModel served, DrainGate gate, ModelIdentity identity, LoadLedger ledger, NodeTable table)
{
    private long _reports;
    private volatile string? _storeProblem;
    private volatile string? _lost;

    /// <summary>Why the store can't be reached; null while it can.</summary>
    public string? StoreProblem
    {
        get => _storeProblem;
        set => _storeProblem = value;
    }

    /// <summary>Why this server is no member anymore; null while it is.</summary>
    public string? Lost
    {
        get => _lost;
        set => _lost = value;
    }

    /// <summary>Where others fetch rows; null where they can't.</summary>
    public string? HttpAddress { get; set; }

    /// <summary>Whether this server's engine takes requests of others.</summary>
    public bool IsReady => _lost is null && !gate.IsClosed && served.Current is not null;

    /// <summary>This server's model; empty while none is open.</summary>
    public string Fingerprint => served.Current is { } opened ? identity.Of(opened) : "";

    /// <summary>What is worth a report, in short.</summary>
    public (bool IsReady, string Fingerprint, long Load, bool HasNews) Standing => (IsReady, Fingerprint, ledger.Load, table.HasNews);

    /// <summary>What the others are told.</summary>
    public NodeReport Report(SiloAddress self)
    {
        IReadOnlyList<(ulong Key, SiloAddress Node)> news = table.TakeNews();
        return new NodeReport
        {
            Node = self,
            Number = Interlocked.Increment(ref _reports),
            IsReady = IsReady,
            Fingerprint = Fingerprint,
            Load = ledger.Load,
            MovedKeys = [.. news.Select(one => one.Key)],
            MovedTo = [.. news.Select(one => one.Node)],
            HttpAddress = HttpAddress,
        };
    }
}
