using Microsoft.Extensions.Logging;
using Orleans.Runtime.Services;
using Orleans.Services;

namespace ALoRA.Onnx.Cluster.Catalog;

/// <summary>A server is told what the catalogue says.</summary>
[Alias("alora.catalog-service")]
internal interface ICatalogService : IGrainService
{
    /// <summary>Does as a version of the catalogue says, and waits a while for the end of it.</summary>
    [Alias("apply")]
    Task<CatalogStanding> Apply(CatalogState state);
}

/// <summary>Tells this server's part.</summary>
internal sealed class CatalogService(GrainId id, Silo silo, ILoggerFactory loggers, NodeCatalog node)
    : GrainService(id, silo, loggers), ICatalogService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public Task<CatalogStanding> Apply(CatalogState state) => Task.Run(() => node.ApplyAsync(state, Patience));
}

/// <summary>How other servers are told.</summary>
internal sealed class CatalogClient(IServiceProvider services) : GrainServiceClient<ICatalogService>(services)
{
    /// <summary>A server, whether or not it is there.</summary>
    public ICatalogService At(SiloAddress node) => GetGrainService(node);
}
