using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ALoRA.Onnx.Cluster.Configuration;

namespace ALoRA.Onnx.Cluster.Tests.Configuration;

[TestClass]
public sealed class TlsSetupTests
{
    [TestMethod]
    public void IsTrusted_SignedByTheAuthority_IsWhatTheSystemSaysOrNot()
    {
        using TestCertificates ours = new();
        using TestCertificates others = new();
        using X509Certificate2 signed = ours.Sign("node-a");
        using X509Certificate2 foreign = others.Sign("node-a");
        X509Certificate2Collection authority = [ours.Authority];
        SslPolicyErrors unknown = SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch;
        Assert.IsTrue(TlsSetup.IsTrusted(signed, unknown, authority, name: null));
        Assert.IsFalse(TlsSetup.IsTrusted(foreign, unknown, authority, name: null));
    }

    [TestMethod]
    public void IsTrusted_Name_MustBeTheCertificates()
    {
        using TestCertificates ours = new();
        using X509Certificate2 signed = ours.Sign("node-a");
        X509Certificate2Collection authority = [ours.Authority];
        Assert.IsTrue(TlsSetup.IsTrusted(signed, SslPolicyErrors.None, authority, "node-a"));
        Assert.IsFalse(TlsSetup.IsTrusted(signed, SslPolicyErrors.None, authority, "node-b"));
    }

    [TestMethod]
    public void IsTrusted_NoAuthority_IsWhatTheSystemSays()
    {
        using TestCertificates ours = new();
        using X509Certificate2 signed = ours.Sign("node-a");
        Assert.IsTrue(TlsSetup.IsTrusted(signed, SslPolicyErrors.RemoteCertificateNameMismatch, authority: null, "node-a"));
        Assert.IsFalse(TlsSetup.IsTrusted(signed, SslPolicyErrors.RemoteCertificateChainErrors, authority: null, "node-a"));
    }
}
