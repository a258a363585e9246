using System.Net;

namespace ALoRA.Onnx.Cluster.Transfer;

/// <summary>Where other servers reach this one over HTTP.</summary>
internal static class PeerAddress
{
    /// <summary>The address that is given, or the first one that others reach.</summary>
    /// <param name="options">What is given.</param>
    /// <param name="listened">Addresses that this server listens at.</param>
    /// <returns>The address; null where there is none, as with sockets of the file system.</returns>
    public static string? Of(AloraClusterOptions options, IReadOnlyList<string> listened) =>
        options.HttpAddress
            ?? listened.Select(address => At(address, options.AdvertisedAddress)).FirstOrDefault(address => address is not null);

    private static string? At(string listened, string advertised)
    {
        // Kestrel writes all addresses as [::], + or *.
        string readable = listened.Replace("//+", "//0.0.0.0", StringComparison.Ordinal)
            .Replace("//*", "//0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(readable, UriKind.Absolute, out Uri? address) || address.HostNameType == UriHostNameType.Unknown
            || address.Host.Length == 0 || address.Host == "unix")
        {
            return null;
        }

        bool isAny = IPAddress.TryParse(address.DnsSafeHost, out IPAddress? ip)
            && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any));
        string host = isAny ? advertised : address.Host;
        bool isHere = !isAny && address.IsLoopback && !IsLoopback(advertised);
        return isHere ? null : new UriBuilder(address.Scheme, host, address.Port).Uri.GetLeftPart(UriPartial.Authority);
    }

    private static bool IsLoopback(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out IPAddress? ip) && IPAddress.IsLoopback(ip));
}
