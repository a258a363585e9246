using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Orleans.Connections.Security;

namespace ALoRA.Onnx.Cluster.Configuration;

/// <summary>
/// TLS between servers, in which both sides show a certificate: whoever has none that the authority signed can neither join nor listen.
/// </summary>
internal static class TlsSetup
{
    /// <summary>Adds it where a certificate is given.</summary>
    /// <exception cref="ArgumentException">A file is no certificate, or has no private key.</exception>
    public static void Add(ISiloBuilder silo, AloraClusterOptions options)
    {
        if (options.Certificate is null)
        {
            return;
        }

        X509Certificate2 own = Load(options);
        X509Certificate2Collection? authority = LoadAuthority(options.CertificateAuthority);
        silo.UseTls(tls =>
        {
            tls.LocalCertificate = own;
            tls.LocalClientCertificateSelector = (_, _, _, _, _) => own;
            tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
            tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
            tls.RemoteCertificateValidation = (certificate, _, errors) =>
                IsTrusted(certificate, errors, authority, options.CertificateName);
            tls.OnAuthenticateAsClient = (_, client) => client.TargetHost = options.CertificateName ?? options.Id;
        });
    }

    /// <summary>Whether another server's certificate will do.</summary>
    /// <param name="certificate">What it showed.</param>
    /// <param name="errors">What the system says of it.</param>
    /// <param name="authority">Who must have signed it; null for whom the machine trusts.</param>
    /// <param name="name">Name that it must be issued for; null for any.</param>
    internal static bool IsTrusted(
        X509Certificate2 certificate, SslPolicyErrors errors, X509Certificate2Collection? authority, string? name)
    {
        if (name is not null && !certificate.MatchesHostname(name))
        {
            return false;
        }

        if (authority is null)
        {
            return (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;
        }

        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);

        // A cluster's own authority has no list of what it has taken back; a new authority does that.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private static X509Certificate2 Load(AloraClusterOptions options)
    {
        string file = options.Certificate!;
        try
        {
            using X509Certificate2 certificate = IsPem(file) ? LoadPem(file, options) : LoadPkcs12(file, options.CertificatePassword);
            if (!certificate.HasPrivateKey)
            {
                throw new ArgumentException($"--cluster-certificate: {file} has no private key. Give --cluster-certificate-key as well.");
            }

            // Windows' TLS takes no key that was read from PEM.
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
        }
        catch (CryptographicException exception)
        {
            throw new ArgumentException(
                $"--cluster-certificate: {file} can't be read: {exception.Message} Expected PEM or PKCS#12, with its password in "
                + "ALORA_CLUSTER_CERTIFICATE_PASSWORD if it has one.",
                exception);
        }
    }

    private static X509Certificate2 LoadPem(string file, AloraClusterOptions options) => options.CertificatePassword is { } password
        ? X509Certificate2.CreateFromEncryptedPemFile(file, password, options.CertificateKey)
        : X509Certificate2.CreateFromPemFile(file, options.CertificateKey);

    private static X509Certificate2 LoadPkcs12(string file, string? password) =>
        X509CertificateLoader.LoadPkcs12FromFile(file, password, X509KeyStorageFlags.Exportable);

    private static X509Certificate2Collection? LoadAuthority(string? file)
    {
        if (file is null)
        {
            return null;
        }

        X509Certificate2Collection authority = [];
        try
        {
            authority.ImportFromPemFile(file);
        }
        catch (CryptographicException exception)
        {
            throw new ArgumentException($"--cluster-certificate-authority: {file} can't be read: {exception.Message}", exception);
        }

        return authority.Count > 0
            ? authority
            : throw new ArgumentException($"--cluster-certificate-authority: {file} has no certificate. Expected PEM.");
    }

    private static bool IsPem(string file)
    {
        using StreamReader reader = new(file);
        char[] start = new char[4096];
        int read = reader.ReadBlock(start);
        return start.AsSpan(0, read).Contains("-----BEGIN ", StringComparison.Ordinal);
    }
}
