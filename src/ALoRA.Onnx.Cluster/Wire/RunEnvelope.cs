namespace ALoRA.Onnx.Cluster.Wire;

/// <summary>
/// A request on its way to the server that computes it. Members are only ever added, with new numbers: a server that is older leaves out
/// what it does not know, and one that reads a newer <see cref="Version"/> than its own refuses.
/// </summary>
[GenerateSerializer]
[Alias("alora.run")]
internal sealed record RunEnvelope
{
    /// <summary>The version that this program writes; raised when leaving a member out would change an answer.</summary>
    public const int CurrentVersion = 1;

    [Id(0)]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Names this attempt; what arrives under another name is of an attempt that was given up.</summary>
    [Id(1)]
    public required Guid Run { get; init; }

    /// <summary>What the model must be: see <see cref="NodeReport.Fingerprint"/>.</summary>
    [Id(2)]
    public required string Fingerprint { get; init; }

    [Id(3)]
    public required int[] Prompt { get; init; }

    /// <summary>Ids of the answer that its reader has; the first token to come is the one behind them.</summary>
    [Id(4)]
    public int[] Answered { get; init; } = [];

    [Id(5)]
    public string? Adapter { get; init; }

    /// <summary>Hash of the adapter's weights: a server whose adapter of that name is another one refuses.</summary>
    [Id(6)]
    public string? AdapterHash { get; init; }

    [Id(7)]
    public int? ActivationPosition { get; init; }

    [Id(8)]
    public string? CacheScope { get; init; }

    [Id(9)]
    public string? Tenant { get; init; }

    [Id(10)]
    public required GenerationForm Generation { get; init; }

    /// <summary>The routing key.</summary>
    [Id(11)]
    public ulong Key { get; init; }

    /// <summary>Which attempt it is, from 0.</summary>
    [Id(12)]
    public int Attempt { get; init; }

    /// <summary>The server that has this conversation's rows as far as the sender knows; null for the one that this is sent to.</summary>
    [Id(13)]
    public SiloAddress? Previous { get; init; }

    /// <summary>The server that reads the answer; a run of one that has died is ended.</summary>
    [Id(14)]
    public SiloAddress? Reader { get; init; }
}
