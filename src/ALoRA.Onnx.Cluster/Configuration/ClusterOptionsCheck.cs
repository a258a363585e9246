using System.Net;

namespace ALoRA.Onnx.Cluster.Configuration;

/// <summary>Refuses options that mean nothing, each by the name of its flag.</summary>
internal static class ClusterOptionsCheck
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <exception cref="ArgumentException">An option is missing, out of its range, or contradicts another one.</exception>
    public static StoreAddress Run(AloraClusterOptions options)
    {
        StoreAddress store = StoreAddress.Parse(
            options.Address is { Length: > 0 } address ? address : throw new ArgumentException("--cluster is missing. Give an address."));
        Named("--cluster-id", options.Id);
        Named("--cluster-service-id", options.ServiceId);
        Named("--cluster-advertised-address", options.AdvertisedAddress);
        Within("--cluster-silo-port", options.SiloPort, 1, IPEndPoint.MaxPort);
        Within("--cluster-gateway-port", options.GatewayPort, 0, IPEndPoint.MaxPort);
        Within("--cluster-primary-port", options.PrimaryPort ?? 1, 1, IPEndPoint.MaxPort);
        Within("--cluster-missed-probes", options.MissedProbes, 1, 100);
        Within("--cluster-death-votes", options.DeathVotes, 1, 100);
        Within("--cluster-max-resumes", options.MaxResumes, 0, 100);
        Within("--cluster-probe-timeout", options.ProbeTimeout, TimeSpan.FromMilliseconds(100));
        Within("--cluster-table-refresh", options.TableRefresh, TimeSpan.FromMilliseconds(100));
        Within("--cluster-response-timeout", options.ResponseTimeout, TimeSpan.FromMilliseconds(500));
        Within("--cluster-report-interval", options.ReportInterval, TimeSpan.FromMilliseconds(10));
        if (!(options.LoadFactor is >= 1 and <= 1000))
        {
            throw new ArgumentException($"--cluster-load-factor must be from 1 to 1000, got {options.LoadFactor}.");
        }

        if (options.HttpAddress is { } http
            && !(Uri.TryCreate(http, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"))
        {
            throw new ArgumentException($"--cluster-http-address: '{http}' is no address such as https://10.0.0.5:8443.");
        }

        CheckTls(options, store);
        return store;
    }

    private static void CheckTls(AloraClusterOptions options, StoreAddress store)
    {
        if (options.Certificate is null)
        {
            if (options.CertificateKey is not null || options.CertificateAuthority is not null || options.CertificatePassword is not null)
            {
                throw new ArgumentException("A key, a password or an authority is given, but no --cluster-certificate. Give it as well.");
            }

            bool isLocal = store.Kind == StoreKind.Localhost
                || (IPAddress.TryParse(options.AdvertisedAddress, out IPAddress? address) && IPAddress.IsLoopback(address)
                    && !options.ListenAnywhere);
            if (!isLocal && !options.NoTls)
            {
                throw new ArgumentException(
                    $"Other machines would reach this one at {options.AdvertisedAddress} without TLS, and whoever does can run requests. "
                    + "Give --cluster-certificate, or say --cluster-no-tls where the network itself keeps others out.");
            }

            return;
        }

        if (options.NoTls)
        {
            throw new ArgumentException("--cluster-no-tls and --cluster-certificate contradict each other. Give only one of both.");
        }

        if (options.CertificateAuthority is null && options.CertificateName is null)
        {
            throw new ArgumentException(
                "--cluster-certificate-authority is missing: certificates of anybody whom this machine trusts would "
                + "let servers in. Give the "
                + "authority of the servers, or --cluster-certificate-name with the name that all of them are issued for.");
        }

        Exists("--cluster-certificate", options.Certificate);
        Exists("--cluster-certificate-key", options.CertificateKey);
        Exists("--cluster-certificate-authority", options.CertificateAuthority);
    }

    private static void Exists(string flag, string? file)
    {
        if (file is not null && !File.Exists(file))
        {
            throw new ArgumentException($"{flag}: there is no file {Path.GetFullPath(file)}. Give the path of one.");
        }
    }

    private static void Named(string flag, string value)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            throw new ArgumentException($"{flag} is empty. Give a name.");
        }
    }

    private static void Within(string flag, int value, int smallest, int largest)
    {
        if (value < smallest || value > largest)
        {
            throw new ArgumentException($"{flag} must be from {smallest} to {largest}, got {value}.");
        }
    }

    private static void Within(string flag, TimeSpan value, TimeSpan shortest)
    {
        if (value < shortest || value > Longest)
        {
            throw new ArgumentException(
                $"{flag} must be from {shortest.TotalSeconds} to {Longest.TotalSeconds} seconds, got {value.TotalSeconds}.");
        }
    }
}
