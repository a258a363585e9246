using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Server;
#if ALORA_CLUSTER
using ALoRA.Onnx.Cluster;
#endif

namespace ALoRA.Onnx.Cli.Commands;

/// <summary>Starts a server, one of several where that is asked for.</summary>
internal static class ServedCluster
{
    /// <summary>What <c>alora serve</c> is asked about clusters.</summary>
    public static IReadOnlyList<Option> Options =>
    [
        new Option<string?>("--cluster")
        {
            Description = "Be one of several servers that answer as one, which meet at redis://host:port, sqlserver:CONNECTION, "
                + "postgres:CONNECTION, or localhost. With a password in it, set ALORA_CLUSTER instead.",
        },
        new Option<string?>("--cluster-id") { Description = "Servers of one id are one cluster. Default: alora." },
        new Option<string?>("--cluster-service-id") { Description = "Name of the service in the store. Default: alora." },
        new Option<int?>("--cluster-silo-port") { Description = "Port at which servers talk to each other. Default: 11111." }.AtLeast(1),
        new Option<int?>("--cluster-gateway-port") { Description = "Port for clients of Orleans; 0 for none. Default: 0." }.AtLeast(0),
        new Option<int?>("--cluster-primary-port")
        {
            Description = "With localhost, the silo port of the server that was started first. Default: this one's.",
        }.AtLeast(1),
        new Option<string?>("--cluster-advertised-address")
        {
            Description = "This machine's address as the others reach it. Default: 127.0.0.1. Others need --cluster-certificate or "
                + "--cluster-no-tls.",
        },
        new Option<bool>("--cluster-listen-anywhere") { Description = "Listen for servers at all addresses, as behind NAT." },
        new Option<string?>("--cluster-certificate") { Description = "This server's certificate for the others, PEM or PKCS#12." },
        new Option<string?>("--cluster-certificate-key") { Description = "Its private key, where it is in a file of its own." },
        new Option<string?>("--cluster-certificate-authority")
        {
            HelpName = "file",
            Description = "PEM file of the authority that signed all of them.",
        },
        new Option<string?>("--cluster-certificate-name") { Description = "Name that the others' certificates must be issued for." },
        new Option<bool>("--cluster-no-tls") { Description = "Talk to other machines without TLS, in a network that keeps others out." },
        new Option<string?>("--cluster-key-file")
        {
            Description = "File with the key by which servers fetch adapters and cached rows from each other, the same on all of them.",
        },
        new Option<string?>("--cluster-http-address")
        {
            Description = "Address at which the others reach this server over HTTP. Default: the first of --urls.",
        },
        new Option<double?>("--cluster-probe-timeout") { Description = "Seconds for an answer to a probe. Default: 1." },
        new Option<int?>("--cluster-missed-probes") { Description = "Missed probes until a server is suspected. Default: 2." }.AtLeast(1),
        new Option<int?>("--cluster-death-votes") { Description = "Suspicions until it is dead. Default: 1." }.AtLeast(1),
        new Option<double?>("--cluster-response-timeout") { Description = "Seconds for an answer of another server. Default: 4." },
        new Option<double?>("--cluster-load-factor")
        {
            Description = "Load of a server, as a multiple of the mean, from which requests go to others than their own. Default: 1.25.",
        },
        new Option<int?>("--cluster-max-resumes")
        {
            Description = "How often a request whose server died goes on elsewhere. Default: 3.",
        }.AtLeast(0),
        new Option<bool>("--cluster-dashboard") { Description = "Serve Orleans' dashboard at /cluster/dashboard, with an admin key." },
    ];

    /// <summary>Starts it.</summary>
    /// <param name="options">What to serve.</param>
    /// <param name="flags">What the command line says.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static Task<AloraServer> StartAsync(
        ServerOptions options, IReadOnlyDictionary<string, string?> flags, CancellationToken cancellationToken)
    {
#if ALORA_CLUSTER
        AloraClusterOptions cluster = AloraClusterOptions.Load(folder: null, flags);
        return cluster.Address is null
            ? AloraServer.StartAsync(options, configure: null, cancellationToken)
            : AloraCluster.StartAsync(options, cluster, configure: null, cancellationToken);
#else
        return flags.ContainsKey("cluster") || Environment.GetEnvironmentVariable("ALORA_CLUSTER") is { Length: > 0 }
            ? throw new CommandFailedException(
                ExitCode.Usage,
                "This alora was trimmed or compiled ahead of time, and has no clusters. Install the tool with "
                + "`dotnet tool install -g ALoRA.Onnx.Cli`, or publish it with -p:PublishTrimmed=false.")
            : AloraServer.StartAsync(options, configure: null, cancellationToken);
#endif
    }
}
