namespace ALoRA.Onnx.Cluster;

/// <summary>How a server is one of several that answer as one. Values are checked when it is started. Immutable.</summary>
/// <remarks>
/// <see cref="Load"/> reads them where the server's own are read. A key is <c>Cluster</c> and a property's name, but that of
/// <see cref="Address"/>, which is <c>Cluster</c> alone; case, hyphens and underscores do not matter, so that <c>ClusterSiloPort</c>,
/// <c>--cluster-silo-port</c> and <c>ALORA_CLUSTER_SILO_PORT</c> are the same.
/// </remarks>
public sealed record AloraClusterOptions
{
    /// <summary>
    /// Where the servers find each other: <c>redis://host:port</c>, <c>sqlserver:</c> or <c>postgres:</c> and a connection string, or
    /// <c>localhost</c> for one machine without a store. Null for no cluster. It may hold a password and is never logged. Default null.
    /// </summary>
    public string? Address { get; init; }

    /// <summary>Servers of one id are one cluster. Default <c>alora</c>.</summary>
    public string Id { get; init; } = "alora";

    /// <summary>Name of the service in the store, the same in all of its clusters. Default <c>alora</c>.</summary>
    public string ServiceId { get; init; } = "alora";

    /// <summary>Port at which servers talk to each other, from 1 to 65535. Default 11111.</summary>
    public int SiloPort { get; init; } = 11111;

    /// <summary>Port for clients of Orleans that are no servers, such as an own dashboard; 0 for none. Default 0.</summary>
    public int GatewayPort { get; init; }

    /// <summary>
    /// This machine's address or name as the others reach it. Default <c>127.0.0.1</c>.
    /// Any other needs a <see cref="Certificate"/> or <see cref="NoTls"/>.
    /// </summary>
    public string AdvertisedAddress { get; init; } = "127.0.0.1";

    /// <summary>
    /// Whether to listen at all of this machine's addresses rather than at the advertised one, as behind NAT. Default false.
    /// </summary>
    public bool ListenAnywhere { get; init; }

    /// <summary>
    /// With <c>localhost</c>, the silo port of the server that was started first; null if that is this one. Default null.
    /// </summary>
    public int? PrimaryPort { get; init; }

    /// <summary>
    /// File with this server's certificate, PEM or PKCS#12, which servers show each other. Null for no TLS. Default null.
    /// </summary>
    public string? Certificate { get; init; }

    /// <summary>File with its private key where the certificate is PEM and the key is not in the same file. Default null.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>Password of the certificate's file or of the key; null for none. Never logged. Default null.</summary>
    public string? CertificatePassword { get; init; }

    /// <summary>
    /// PEM file with the authority that signed the servers' certificates; nobody else's are taken.
    /// Null takes what the machine trusts, which needs a <see cref="CertificateName"/>. Default null.
    /// </summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>
    /// Name that every server's certificate must be issued for; null for any that the authority signed. Default null.
    /// </summary>
    public string? CertificateName { get; init; }

    /// <summary>Whether other machines may be talked to without TLS: for networks that encrypt by themselves. Default false.</summary>
    public bool NoTls { get; init; }

    /// <summary>
    /// File with the key by which servers know each other over HTTP, the same on all: with it they fetch
    /// adapters and rows of the cache from each other. Null fetches nothing. Default null.
    /// </summary>
    public string? KeyFile { get; init; }

    /// <summary>
    /// Address at which the others reach this server over HTTP, such as <c>https://10.0.0.5:8443</c>; null for the first of its addresses,
    /// at the advertised one where it listens at all. Default null.
    /// </summary>
    public string? HttpAddress { get; init; }

    /// <summary>Time for an answer to a probe of a server's health. Default one second.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Missed probes after which a server is suspected, from 1. Default 2.</summary>
    public int MissedProbes { get; init; } = 2;

    /// <summary>Servers that must suspect one before it is declared dead, from 1; from five servers on, 2 is better. Default 1.</summary>
    public int DeathVotes { get; init; } = 1;

    /// <summary>Time between two reads of the table of members. Default five seconds.</summary>
    public TimeSpan TableRefresh { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time for an answer of another server. Default four seconds.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Time between two reports of a server's load to the others. Default a quarter of a second.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How much more than the mean a server may have to do before requests for what it has in its cache go to others, from 1. Default 1.25.
    /// </summary>
    public double LoadFactor { get; init; } = 1.25;

    /// <summary>How often a request whose server died goes on elsewhere, from 0. Default 3.</summary>
    public int MaxResumes { get; init; } = 3;

    /// <summary>Whether Orleans' dashboard is served at <c>/cluster/dashboard</c>, to admins. Default false.</summary>
    public bool Dashboard { get; init; }

    /// <summary>
    /// Reads options of <c>appsettings.json</c> in a folder, of the environment and of
    /// a command line, as <see cref="Server.ServerOptions.Load"/> does.
    /// </summary>
    /// <param name="folder">The folder; null for the working directory. The file may be missing.</param>
    /// <param name="flags">What the command line says; null for nothing. Keys of the server's own are left alone.</param>
    /// <exception cref="FormatException">A value is malformed, or a key that begins with <c>Cluster</c> is unknown.</exception>
    public static AloraClusterOptions Load(string? folder = null, IReadOnlyDictionary<string, string?>? flags = null) =>
        Configuration.ClusterOptionsReader.Load(folder, flags);

    // Records print their members; two of these are secrets.
    private bool PrintMembers(System.Text.StringBuilder builder)
    {
        builder.Append(nameof(Id)).Append(" = ").Append(Id);
        return true;
    }
}
