using ALoRA.Onnx.Cluster.Configuration;
using ALoRA.Onnx.Server;

namespace ALoRA.Onnx.Cluster.Tests.Configuration;

[TestClass]
public sealed class ClusterOptionsTests
{
    private static readonly AloraClusterOptions Redis = new() { Address = "redis://store" };

    [TestMethod]
    public void Load_FileAndFlags_EachReaderTakesItsOwn()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(
            Path.Combine(folder.Path, "appsettings.json"),
            """{"Alora": {"MaxQueue": 7, "Cluster": "redis://store", "Cluster-Silo-Port": 12000, "ClusterLoadFactor": "1.5"}}""");
        Dictionary<string, string?> flags = new() { ["model"] = "m", ["cluster-silo-port"] = "12001", ["cluster-probe-timeout"] = "0.5" };
        AloraClusterOptions options = AloraClusterOptions.Load(folder.Path, flags);
        Assert.AreEqual("redis://store", options.Address);
        Assert.AreEqual(12001, options.SiloPort);
        Assert.AreEqual(1.5, options.LoadFactor);
        Assert.AreEqual(TimeSpan.FromSeconds(0.5), options.ProbeTimeout);
        Assert.AreEqual(7, ServerOptions.Load(folder.Path, flags).MaxQueue);
    }

    [TestMethod]
    public void Load_UnknownClusterKey_IsNamed()
    {
        FormatException exception = Assert.ThrowsExactly<FormatException>(
            () => AloraClusterOptions.Load(Path.GetTempPath(), new Dictionary<string, string?> { ["cluster-silo"] = "1" }));
        Assert.Contains("--cluster-silo is unknown", exception.Message);
    }

    [TestMethod]
    public void Run_Defaults_AreFine() => ClusterOptionsCheck.Run(Redis);

    [TestMethod]
    [DataRow("port", "--cluster-silo-port")]
    [DataRow("factor", "--cluster-load-factor")]
    [DataRow("probe", "--cluster-probe-timeout")]
    [DataRow("open", "--cluster-certificate")]
    [DataRow("anywhere", "--cluster-certificate")]
    [DataRow("key", "--cluster-certificate")]
    [DataRow("missing", "there is no file")]
    [DataRow("authority", "--cluster-certificate-authority")]
    [DataRow("both", "--cluster-no-tls")]
    [DataRow("none", "--cluster is missing")]
    public void Run_WhatMeansNothing_IsRefused(string what, string expected)
    {
        AloraClusterOptions options = what switch
        {
            "port" => Redis with { SiloPort = 0 },
            "factor" => Redis with { LoadFactor = 0.9 },
            "probe" => Redis with { ProbeTimeout = TimeSpan.Zero },
            "open" => Redis with { AdvertisedAddress = "10.0.0.5" },
            "anywhere" => Redis with { ListenAnywhere = true },
            "key" => Redis with { CertificateKey = "key.pem" },
            "missing" => Redis with { Certificate = "no-such.pem", CertificateName = "a" },
            "authority" => Redis with { Certificate = "no-such.pem" },
            "both" => Redis with { Certificate = "no-such.pem", NoTls = true },
            _ => Redis with { Address = null },
        };
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() => ClusterOptionsCheck.Run(options));
        Assert.Contains(expected, exception.Message);
    }
}
