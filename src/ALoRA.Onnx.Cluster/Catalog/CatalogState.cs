namespace ALoRA.Onnx.Cluster.Catalog;

/// <summary>The adapters that all servers of one model should serve beside those of its folder, as the store keeps them.</summary>
[GenerateSerializer]
[Alias("alora.catalog-state")]
internal sealed record CatalogState
{
    /// <summary>Rises with every change.</summary>
    [Id(0)]
    public long Version { get; set; }

    /// <summary>What is wanted, by the name in requests.</summary>
    [Id(1)]
    public Dictionary<string, CatalogEntry> Adapters { get; set; } = [];
}

/// <summary>What is wanted of one name.</summary>
[GenerateSerializer]
[Alias("alora.catalog-entry")]
internal sealed record CatalogEntry
{
    /// <summary><see cref="Adapter.ContentHash"/>; null for a name of the model's folder that is not served.</summary>
    [Id(0)]
    public string? Hash { get; set; }

    /// <summary>Path in the adapters folder of the server that loaded it, where others with the same folder find it.</summary>
    [Id(1)]
    public string? Path { get; set; }
}

/// <summary>What came of a change.</summary>
[GenerateSerializer]
[Alias("alora.catalog-change")]
internal sealed record CatalogChange
{
    /// <summary>How it is now.</summary>
    [Id(0)]
    public required CatalogState State { get; init; }

    /// <summary>Whether it was made: not where the name is another adapter's.</summary>
    [Id(1)]
    public required bool IsMade { get; init; }
}

/// <summary>How far a server is with a version.</summary>
[GenerateSerializer]
[Alias("alora.catalog-standing")]
internal sealed record CatalogStanding
{
    /// <summary>Whether there is nothing more to do or to try.</summary>
    [Id(0)]
    public required bool IsDone { get; init; }

    /// <summary>Adapters that it does not serve although it should, and why.</summary>
    [Id(1)]
    public required Dictionary<string, string> Problems { get; init; }
}
