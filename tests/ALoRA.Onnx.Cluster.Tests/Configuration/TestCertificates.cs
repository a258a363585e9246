using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ALoRA.Onnx.Cluster.Tests.Configuration;

/// <summary>An authority of the test's own, and certificates that it signs.</summary>
internal sealed class TestCertificates : IDisposable
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UtcNow.AddDays(-1);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestCertificates()
    {
        CertificateRequest request = new("CN=authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Authority = request.CreateSelfSigned(Start, Start.AddDays(30));
    }

    public X509Certificate2 Authority { get; }

    /// <summary>A certificate with its key.</summary>
    public X509Certificate2 Sign(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = request.Create(Authority, Start, Start.AddDays(20), RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>Writes authority, certificate and key into a folder, and gives the options that name them.</summary>
    public AloraClusterOptions Write(TemporaryFolder folder, string name, AloraClusterOptions options)
    {
        string authority = folder["authority.pem"];
        string certificate = folder[$"{name}.pem"];
        string key = folder[$"{name}.key"];
        File.WriteAllText(authority, Authority.ExportCertificatePem());
        using X509Certificate2 own = Sign(name);
        File.WriteAllText(certificate, own.ExportCertificatePem());
        File.WriteAllText(key, own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return options with { Certificate = certificate, CertificateKey = key, CertificateAuthority = authority };
    }

    public void Dispose()
    {
        Authority.Dispose();
        _key.Dispose();
    }
}
