using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Dashboard;
using StackExchange.Redis;

namespace ALoRA.Onnx.Cluster.Configuration;

/// <summary>Adds Orleans to the server's host, with the settings that were measured.</summary>
internal static class SiloSetup
{
    /// <summary>Name of the storage of what all servers know of adapters.</summary>
    public const string CatalogStorage = "alora";

    /// <exception cref="ArgumentException">The advertised name is no machine's.</exception>
    public static void Add(WebApplicationBuilder builder, AloraClusterOptions options, StoreAddress store)
    {
        // What is set in appsettings.json or the environment comes after this.
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = [
                new("Logging:LogLevel:Orleans", "Error"),

                new("Logging:LogLevel:Polly", "Error"),

                // Orleans' own words about services of the product.
                new("Logging:LogLevel:ALoRA.Onnx.Cluster.Nodes.NodeService", "Error"),
                new("Logging:LogLevel:ALoRA.Onnx.Cluster.Catalog.CatalogService", "Error"),
            ],
        });
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.Id, options.ServiceId));
            AddMembership(silo, options, store);
            TlsSetup.Add(silo, options);
            if (options.Dashboard)
            {
                silo.AddDashboard();
            }

            silo.Configure<ClusterMembershipOptions>(membership =>
            {
                membership.ProbeTimeout = options.ProbeTimeout;
                membership.NumMissedProbesLimit = options.MissedProbes;
                membership.NumVotesForDeathDeclaration = options.DeathVotes;
                membership.TableRefreshTimeout = options.TableRefresh;
            });
            silo.Configure<SiloMessagingOptions>(messages => messages.ResponseTimeout = options.ResponseTimeout);
        });
    }

    private static void AddMembership(ISiloBuilder silo, AloraClusterOptions options, StoreAddress store)
    {
        if (store.Kind == StoreKind.Localhost)
        {
            silo.AddMemoryGrainStorage(CatalogStorage);
            silo.UseLocalhostClustering(
                options.SiloPort, options.GatewayPort, new IPEndPoint(IPAddress.Loopback, options.PrimaryPort ?? options.SiloPort),
                options.ServiceId, options.Id);
            return;
        }

        silo.ConfigureEndpoints(
            AddressOf(options.AdvertisedAddress), options.SiloPort, options.GatewayPort, options.ListenAnywhere);
        switch (store.Kind)
        {
            case StoreKind.Redis:
                ConfigurationOptions redis = ConfigurationOptions.Parse(store.Connection);

                // A store that is away when the server starts, or goes away, comes back by itself.
                redis.AbortOnConnectFail = false;
                silo.UseRedisClustering(clustering => clustering.ConfigurationOptions = redis);
                silo.AddRedisGrainStorage(CatalogStorage, storage => storage.ConfigurationOptions = redis);
                break;
            case StoreKind.SqlServer:
                AddSql(silo, "Microsoft.Data.SqlClient", store.Connection);
                break;
            default:
                AddSql(silo, "Npgsql", store.Connection);
                break;
        }
    }

    private static void AddSql(ISiloBuilder silo, string invariant, string connection)
    {
        silo.UseAdoNetClustering(sql => (sql.Invariant, sql.ConnectionString) = (invariant, connection));
        silo.AddAdoNetGrainStorage(CatalogStorage, sql => (sql.Invariant, sql.ConnectionString) = (invariant, connection));
    }

    private static IPAddress AddressOf(string name)
    {
        if (IPAddress.TryParse(name, out IPAddress? address))
        {
            return address;
        }

        try
        {
            IPAddress[] all = Dns.GetHostAddresses(name);
            return Array.Find(all, one => one.AddressFamily == AddressFamily.InterNetwork) ?? all[0];
        }
        catch (SocketException exception)
        {
            throw new ArgumentException(
                $"--cluster-advertised-address: '{name}' is no machine that this one finds: {exception.Message} Give an IP address.",
                exception);
        }
    }
}
