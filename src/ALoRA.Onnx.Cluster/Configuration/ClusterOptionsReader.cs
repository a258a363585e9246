using ALoRA.Onnx.Server.Configuration;
using Microsoft.Extensions.Configuration;

namespace ALoRA.Onnx.Cluster.Configuration;

/// <summary>Reads <see cref="AloraClusterOptions"/> by key, beside the server's own.</summary>
internal static class ClusterOptionsReader
{
    private const string Prefix = "Cluster";

    private static readonly Dictionary<string, Func<AloraClusterOptions, IConfigurationSection, AloraClusterOptions>> Keys =
        new(StringComparer.OrdinalIgnoreCase)
        {
            [Prefix] = Of((options, text) => options with { Address = text }),
            [Prefix + nameof(AloraClusterOptions.Id)] = Of((options, text) => options with { Id = text }),
            [Prefix + nameof(AloraClusterOptions.ServiceId)] = Of((options, text) => options with { ServiceId = text }),
            [Prefix + nameof(AloraClusterOptions.SiloPort)] =
                Of((options, text) => options with { SiloPort = OptionSources.Number(text) }),
            [Prefix + nameof(AloraClusterOptions.GatewayPort)] =
                Of((options, text) => options with { GatewayPort = OptionSources.Number(text) }),
            [Prefix + nameof(AloraClusterOptions.AdvertisedAddress)] = Of((options, text) => options with { AdvertisedAddress = text }),
            [Prefix + nameof(AloraClusterOptions.ListenAnywhere)] =
                Of((options, text) => options with { ListenAnywhere = OptionSources.Flag(text) }),
            [Prefix + nameof(AloraClusterOptions.PrimaryPort)] =
                Of((options, text) => options with { PrimaryPort = OptionSources.Number(text) }),
            [Prefix + nameof(AloraClusterOptions.Certificate)] = Of((options, text) => options with { Certificate = text }),
            [Prefix + nameof(AloraClusterOptions.CertificateKey)] = Of((options, text) => options with { CertificateKey = text }),
            [Prefix + nameof(AloraClusterOptions.CertificatePassword)] =
                Of((options, text) => options with { CertificatePassword = text }),
            [Prefix + nameof(AloraClusterOptions.CertificateAuthority)] =
                Of((options, text) => options with { CertificateAuthority = text }),
            [Prefix + nameof(AloraClusterOptions.CertificateName)] = Of((options, text) => options with { CertificateName = text }),
            [Prefix + nameof(AloraClusterOptions.NoTls)] = Of((options, text) => options with { NoTls = OptionSources.Flag(text) }),
            [Prefix + nameof(AloraClusterOptions.KeyFile)] = Of((options, text) => options with { KeyFile = text }),
            [Prefix + nameof(AloraClusterOptions.HttpAddress)] = Of((options, text) => options with { HttpAddress = text }),
            [Prefix + nameof(AloraClusterOptions.ProbeTimeout)] =
                Of((options, text) => options with { ProbeTimeout = OptionSources.Time(text) }),
            [Prefix + nameof(AloraClusterOptions.MissedProbes)] =
                Of((options, text) => options with { MissedProbes = OptionSources.Number(text) }),
            [Prefix + nameof(AloraClusterOptions.DeathVotes)] =
                Of((options, text) => options with { DeathVotes = OptionSources.Number(text) }),
            [Prefix + nameof(AloraClusterOptions.TableRefresh)] =
                Of((options, text) => options with { TableRefresh = OptionSources.Time(text) }),
            [Prefix + nameof(AloraClusterOptions.ResponseTimeout)] =
                Of((options, text) => options with { ResponseTimeout = OptionSources.Time(text) }),
            [Prefix + nameof(AloraClusterOptions.ReportInterval)] =
                Of((options, text) => options with { ReportInterval = OptionSources.Time(text) }),
            [Prefix + nameof(AloraClusterOptions.LoadFactor)] =
                Of((options, text) => options with { LoadFactor = OptionSources.Real(text) }),
            [Prefix + nameof(AloraClusterOptions.MaxResumes)] =
                Of((options, text) => options with { MaxResumes = OptionSources.Number(text) }),
            [Prefix + nameof(AloraClusterOptions.Dashboard)] =
                Of((options, text) => options with { Dashboard = OptionSources.Flag(text) }),
        };

    /// <inheritdoc cref="AloraClusterOptions.Load"/>
    public static AloraClusterOptions Load(string? folder, IReadOnlyDictionary<string, string?>? flags) =>
        Read(OptionSources.Load(folder, flags));

    /// <summary>Reads all sources; the last one wins.</summary>
    public static AloraClusterOptions Read(OptionSources sources) => sources.Read(
        new AloraClusterOptions(), Keys, key => !key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase));

    private static Func<AloraClusterOptions, IConfigurationSection, AloraClusterOptions> Of(
        Func<AloraClusterOptions, string, AloraClusterOptions> set) =>
        (options, entry) => entry.Value is { Length: > 0 } text ? set(options, text) : options;
}
