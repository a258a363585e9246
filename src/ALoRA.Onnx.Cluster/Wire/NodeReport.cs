namespace ALoRA.Onnx.Cluster.Wire;

/// <summary>What a server tells the others a few times a second.</summary>
[GenerateSerializer]
[Alias("alora.report")]
internal sealed record NodeReport
{
    [Id(0)]
    public required SiloAddress Node { get; init; }

    /// <summary>
    /// What must be the same where one server goes on with another one's answer: base, graphs, precision. Empty while no model is open.
    /// </summary>
    [Id(1)]
    public required string Fingerprint { get; init; }

    /// <summary>Whether it takes requests of others.</summary>
    [Id(2)]
    public required bool IsReady { get; init; }

    /// <summary>What it has to do, in units of <see cref="Placement.RequestCost"/>.</summary>
    [Id(3)]
    public required long Load { get; init; }

    /// <summary>
    /// Routing keys that it has lately sent elsewhere than their hash says, each with the index of the server in the next list.
    /// </summary>
    [Id(4)]
    public ulong[] MovedKeys { get; init; } = [];

    [Id(5)]
    public SiloAddress[] MovedTo { get; init; } = [];

    /// <summary>Ascending; an older report that comes late is dropped.</summary>
    [Id(6)]
    public long Number { get; init; }

    /// <summary>Where it is reached by HTTP, for rows of the cache; null where it is not.</summary>
    [Id(7)]
    public string? HttpAddress { get; init; }
}
