using ALoRA.Onnx.Server.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ALoRA.Onnx.Server.Tests.Access;

[TestClass]
public sealed class AccessTests
{
    [TestMethod]
    [DataRow("/health", null, 200)]
    [DataRow("/ready", null, 200)]
    [DataRow("/health", "wrong", 200)]
    [DataRow("/version", null, 401)]
    [DataRow("/metrics", null, 401)]
    [DataRow("/who", null, 401)]
    [DataRow("/who", "wrong", 401)]
    [DataRow("/nothing", null, 401)]
    [DataRow("/nothing", "alice", 404)]
    [DataRow("/Health/../who", null, 401)]
    [DataRow("/who", "alice", 200)]
    [DataRow("/metrics", "alice", 200)]
    [DataRow("/who", "root", 200, DisplayName = "an admin's key is good everywhere")]
    public async Task Request_WithKeys_NeedsOne(string path, string? key, int status)
    {
        using TemporaryFolder folder = new();
        await using TestServer server = await TestServer.StartAsync(Keys(folder), MapWho);

        HttpResponseMessage response = await server.GetAsync(path, key);

        Assert.AreEqual(status, (int)response.StatusCode);
        if (status == 401)
        {
            Assert.AreEqual("invalid_api_key", (await response.ErrorAsync()).Code);
            Assert.AreEqual("Bearer", response.Headers.WwwAuthenticate.ToString());
        }
    }

    [TestMethod]
    public async Task Caller_IsATenantOfItsOwnAKey()
    {
        using TemporaryFolder folder = new();
        await using TestServer server = await TestServer.StartAsync(Keys(folder), MapWho);

        string alice = await (await server.GetAsync("/who", "alice")).Content.ReadAsStringAsync();
        string bob = await (await server.GetAsync("/who", "bob")).Content.ReadAsStringAsync();
        string again = await (await server.GetAsync("/who", "alice")).Content.ReadAsStringAsync();

        Assert.AreEqual(alice, again);
        Assert.AreNotEqual(alice, bob);
        Assert.DoesNotContain("alice", alice);
        Assert.StartsWith("key-", alice);
    }

    [TestMethod]
    public async Task Caller_WithoutKeys_IsAnyoneWhateverIsSent()
    {
        await using TestServer server = await TestServer.StartAsync(map: MapWho);

        Assert.AreEqual("|", await (await server.GetAsync("/who", "sk-anything")).Content.ReadAsStringAsync());
    }

    private static ServerOptions Keys(TemporaryFolder folder)
    {
        File.WriteAllText(folder["keys"], "alice\nbob");
        File.WriteAllText(folder["admins"], "root");
        return new ServerOptions { ApiKeyFile = folder["keys"], AdminKeyFile = folder["admins"] };
    }

    private static void MapWho(IEndpointRouteBuilder routes) =>
        routes.MapGet("/who", (RequestDelegate)(context =>
        {
            Caller caller = Caller.Of(context);
            return context.Response.WriteAsync($"{caller.Tenant}|{caller.CacheScope}");
        }));
}
