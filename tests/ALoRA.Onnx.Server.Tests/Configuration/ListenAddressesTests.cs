using ALoRA.Onnx.Server.Configuration;

namespace ALoRA.Onnx.Server.Tests.Configuration;

[TestClass]
public sealed class ListenAddressesTests
{
    [TestMethod]
    [DataRow("http://127.0.0.1:8080")]
    [DataRow("http://127.8.9.1:0")]
    [DataRow("http://localhost:8080")]
    [DataRow("http://LOCALHOST:8080")]
    [DataRow("http://[::1]:8080")]
    [DataRow("https://localhost")]
    [DataRow("http://unix:/run/alora.sock")]
    [DataRow("http://127.0.0.1:1; http://[::1]:2")]
    public void Check_ThisMachinesAddress_NeedsNoKeys(string urls) =>
        ListenAddresses.Check(ListenAddresses.Split(urls), new ServerOptions());

    [TestMethod]
    [DataRow("http://0.0.0.0:8080")]
    [DataRow("http://*:8080")]
    [DataRow("http://+:8080")]
    [DataRow("http://[::]:8080")]
    [DataRow("http://192.168.0.7:8080")]
    [DataRow("http://example.org:8080")]
    [DataRow("http://localhost.example.org:8080")]
    [DataRow("http://127.0.0.1.example.org:8080")]
    [DataRow("http://127.0.0.1:1;http://0.0.0.0:2")]
    public void Check_OtherAddress_NeedsKeysOrTheWordForNone(string urls)
    {
        string[] addresses = ListenAddresses.Split(urls);

        ArgumentException exception =
            Assert.ThrowsExactly<ArgumentException>(() => ListenAddresses.Check(addresses, new ServerOptions()));
        Assert.Contains("--api-key-file", exception.Message);
        Assert.Contains("--no-auth", exception.Message);
        ListenAddresses.Check(addresses, new ServerOptions { NoAuth = true });
        ListenAddresses.Check(addresses, new ServerOptions { ApiKeyFile = "keys.txt" });
    }

    [TestMethod]
    [DataRow("")]
    [DataRow(" ; ")]
    [DataRow("8080")]
    [DataRow("127.0.0.1:8080")]
    public void Check_NoAddress_IsRefused(string urls) =>
        Assert.Contains("--urls", Assert.ThrowsExactly<ArgumentException>(
            () => ListenAddresses.Check(ListenAddresses.Split(urls), new ServerOptions())).Message);

    [TestMethod]
    public async Task StartAsync_OpenAddress_IsRefusedBeforeTheModelIsOpened()
    {
        ServerOptions options = new() { Model = "no-such-folder", Urls = "http://0.0.0.0:0" };

        ArgumentException exception = await Assert.ThrowsExactlyAsync<ArgumentException>(() => AloraServer.StartAsync(options));
        Assert.Contains("--no-auth", exception.Message);
    }
}
