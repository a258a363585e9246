using ALoRA.Onnx.Cluster.Configuration;
using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Cluster.Operations;
using ALoRA.Onnx.Cluster.Transfer;
using ALoRA.Onnx.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ALoRA.Onnx.Cluster;

/// <summary>Servers that answer as one: a request may come to any of them, and is computed where its prompt is in the cache.</summary>
public static class AloraCluster
{
    /// <summary>Opens the model, joins the cluster and listens.</summary>
    /// <param name="options">What to serve, to whom, and within which limits.</param>
    /// <param name="cluster">How to be one of several.</param>
    /// <param name="configure">Changes services and logging of the host before it is built; null changes nothing.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>The server, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">
    /// An option is out of its range, or other machines would be listened to without keys or without TLS.
    /// </exception>
    /// <exception cref="FormatException">A key file can't be read or has no key, or the model is malformed.</exception>
    /// <exception cref="IOException">A file can't be read, or an address is in use.</exception>
    /// <exception cref="InvalidOperationException">
    /// The provider is not available or cannot run the model, or the SQL database of the cluster does not do what is asked of it.
    /// </exception>
    public static async Task<AloraServer> StartAsync(
        ServerOptions options, AloraClusterOptions cluster, Action<WebApplicationBuilder>? configure = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(cluster);
        StoreAddress store = ClusterOptionsCheck.Run(cluster);
        await StoreTables.EnsureAsync(store, cancellationToken).ConfigureAwait(false);
        AloraServer server = await AloraServer.StartAsync(
            options,
            builder =>
            {
                SiloSetup.Add(builder, cluster, store);
                ClusterServices.Add(builder.Services, cluster);
                configure?.Invoke(builder);
            },
            routes => Map(routes, cluster), cancellationToken).ConfigureAwait(false);
        server.Services.GetRequiredService<ClusterState>().HttpAddress = cluster.KeyFile is null
            ? null
            : PeerAddress.Of(cluster, server.Addresses);
        return server;
    }

    private static void Map(IEndpointRouteBuilder routes, AloraClusterOptions cluster)
    {
        routes.ServiceProvider.GetRequiredService<InternalEndpoints>().Map(routes);
        if (cluster.Dashboard)
        {
            Dashboard.Map(routes);
        }
    }
}
