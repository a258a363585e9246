using ALoRA.Onnx.Cluster.Transfer;

namespace ALoRA.Onnx.Cluster.Tests.Transfer;

[TestClass]
public sealed class PeerAddressTests
{
    [TestMethod]
    [DataRow("http://127.0.0.1:5000", "127.0.0.1", "http://127.0.0.1:5000")]
    [DataRow("http://[::]:8080", "10.0.0.5", "http://10.0.0.5:8080")]
    [DataRow("https://0.0.0.0:8443", "node-1", "https://node-1:8443")]
    [DataRow("http://+:8080", "10.0.0.5", "http://10.0.0.5:8080")]
    [DataRow("http://10.0.0.9:8080", "10.0.0.5", "http://10.0.0.9:8080")]
    [DataRow("http://127.0.0.1:8080", "10.0.0.5", null)]
    [DataRow("http://unix:/run/alora.sock", "10.0.0.5", null)]
    public void Of_AddressThatIsListenedAt_IsThatOfTheOthers(string listened, string advertised, string? expected) =>
        Assert.AreEqual(expected, PeerAddress.Of(new AloraClusterOptions { AdvertisedAddress = advertised }, [listened]));

    [TestMethod]
    public void Of_AddressThatIsGiven_IsTaken() => Assert.AreEqual(
        "https://lb:1", PeerAddress.Of(new AloraClusterOptions { HttpAddress = "https://lb:1" }, ["http://127.0.0.1:8080"]));
}
