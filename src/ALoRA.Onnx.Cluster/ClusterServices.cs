using ALoRA.Onnx.Cluster.Answers;
using ALoRA.Onnx.Cluster.Catalog;
using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Cluster.Operations;
using ALoRA.Onnx.Cluster.Transfer;
using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Server.Lifetime;
using ALoRA.Onnx.Server.Metrics;
using ALoRA.Onnx.Server.Models;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ALoRA.Onnx.Cluster;

/// <summary>Adds what makes a server one of several.</summary>
internal static class ClusterServices
{
    public static void Add(IServiceCollection services, AloraClusterOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<LoadLedger>();
        services.AddSingleton<NodeTable>();
        services.AddSingleton<ModelIdentity>();
        services.AddSingleton<ClusterState>();
        services.AddSingleton<ClusterMetrics>();
        services.AddSingleton<TransferRates>();
        services.AddSingleton<RowFetcher>();
        services.TryAddSingleton<IRowFetcher>(provider => provider.GetRequiredService<RowFetcher>());
        services.AddSingleton<RecentPrompts>();
        services.AddSingleton<PrefixOffers>();
        services.AddSingleton<HostedRuns>();
        services.AddSingleton<INodes, NodeClient>();
        services.AddSingleton<Reporter>();
        services.AddHostedService(provider => provider.GetRequiredService<Reporter>());
        services.AddGrainService<NodeService>();
        services.AddSingleton<ClusterKey>();
        services.AddSingleton<PeerHttp>();
        services.AddSingleton<AdapterFetcher>();
        services.AddSingleton<InternalEndpoints>();
        services.AddSingleton<NodeCatalog>();
        services.AddSingleton<CatalogClient>();
        services.AddSingleton<ClusterCatalog>();
        services.AddSingleton<IAdapterCatalog>(provider => provider.GetRequiredService<ClusterCatalog>());
        services.AddHostedService(provider => provider.GetRequiredService<ClusterCatalog>());
        services.AddGrainService<CatalogService>();
        services.AddSingleton<IFatalErrorHandler, LostMembership>();
        services.AddSingleton<IAnswerSource, ClusterSource>();
        services.AddSingleton<IServerPart, ClusterPart>();
        services.AddSingleton<IMetricsPart, ClusterPage>();
        if (options.Dashboard)
        {
            services.AddSingleton<IStartupFilter, DashboardLogin>();
        }

        Watch(services);
    }

    private static void Watch(IServiceCollection services)
    {
        if (services.LastOrDefault(service => service.ServiceType == typeof(IMembershipTable)) is not { } store)
        {
            return;
        }

        services.Remove(store);
        services.AddSingleton<IMembershipTable>(provider => ActivatorUtilities.CreateInstance<WatchedStore>(
            provider,
            store.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, store.ImplementationType!)));
    }
}
