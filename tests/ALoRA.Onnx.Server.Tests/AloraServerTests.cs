namespace ALoRA.Onnx.Server.Tests;

[TestClass]
public sealed class AloraServerTests
{
    [TestMethod]
    public async Task StartAsync_AddressIsInUse_Fails()
    {
        await using TestServer server = await TestServer.StartAsync();
        ServerOptions second = new() { Model = await DemoModel.FolderAsync(), Urls = server.Server.Addresses[0], Provider = "cpu" };

        IOException exception = await Assert.ThrowsExactlyAsync<IOException>(() => AloraServer.StartAsync(second));
        Assert.Contains("address already in use", exception.Message);
    }

    [TestMethod]
    public async Task StartAsync_KeyFileIsMissing_FailsBeforeTheModelIsOpened()
    {
        ServerOptions options = new() { Model = "no-such-folder", ApiKeyFile = "no-such-file" };

        FormatException exception = await Assert.ThrowsExactlyAsync<FormatException>(() => AloraServer.StartAsync(options));
        Assert.Contains("--api-key-file no-such-file", exception.Message);
    }

    [TestMethod]
    public async Task StartAsync_NoSuchModel_Fails() =>
        await Assert.ThrowsExactlyAsync<DirectoryNotFoundException>(
            () => AloraServer.StartAsync(new ServerOptions { Model = "no-such-folder", Urls = "http://127.0.0.1:0" }));

    [TestMethod]
    public async Task ModelFolder_IsUnderstoodAsAName()
    {
        await using TestServer server = await TestServer.StartAsync(new ServerOptions { ModelName = "base" });

        foreach (string name in (string[])["base", "demo"])
        {
            HttpResponseMessage response = await server.PostAsync(
                "/v1/completions", $$"""{"model": "{{name}}", "prompt": "What", "max_tokens": 1}""");
            Assert.AreEqual(200, (int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }

        HttpResponseMessage unknown = await server.PostAsync("/v1/completions", """{"model": "other", "prompt": "What"}""");
        Assert.AreEqual("model_not_found", (await unknown.ErrorAsync()).Code);
    }
}
