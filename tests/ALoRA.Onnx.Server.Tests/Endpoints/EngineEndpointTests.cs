using System.Text.Json.Nodes;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace ALoRA.Onnx.Server.Tests.Endpoints;

[TestClass]
public sealed class EngineEndpointTests
{
    [TestMethod]
    public async Task Get_AfterAnAnswer_CountsItAndShowsItsSteps()
    {
        await using TestServer server = await TestServer.StartAsync(new ServerOptions { ModelName = "base", MaxRows = 4 });
        await server.PostAsync(
            "/v1/chat/completions", """{"model": "certainty", "messages": [{"role": "user", "content": "What is 8 + 5?"}]}""");

        JsonObject state = await StateAsync(server, key: null);

        Assert.AreEqual("base", (string?)state["model"]);
        Assert.AreEqual(4, (int)state["max_rows"]!);
        Assert.AreEqual(0, (int)state["running"]!);
        Assert.AreEqual(1, (int)state["finished"]!);
        Assert.IsEmpty(state["requests"]!.AsArray());
        JsonArray steps = state["last_steps"]!.AsArray();
        Assert.HasCount((int)state["steps"]!, steps);
        Assert.AreEqual((int)state["prompt_tokens"]!, steps.Sum(step => (int)step!["prompt_tokens"]! + (int)step["cached_tokens"]!));
        JsonObject certainty = state["adapters"]!.AsArray().Select(one => one!.AsObject())
            .Single(one => (string?)one["name"] == "certainty");
        Assert.IsTrue((bool)certainty["loaded"]!);
        Assert.IsFalse((bool)certainty["running"]!);
    }

    [TestMethod]
    [DataRow("alice", 1)]
    [DataRow("bob", 0)]
    [DataRow("root", 1)]
    public async Task Get_WithAKey_ShowsTheKeysOwnRequests(string key, int shown)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["keys"], "alice\nbob");
        await File.WriteAllTextAsync(folder["admins"], "root");
        await using TestServer server = await TestServer.StartAsync(
            new ServerOptions { ApiKeyFile = folder["keys"], AdminKeyFile = folder["admins"] });
        OpenedModel opened = server.Server.Services.GetRequiredService<ServedModel>().Current!;
        string alice = $"key-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("alice"u8))[..12]}";

        using HeldAnswers held = new(answers: 1, tokens: 1);
        await using EngineAnswer answer = held.Submit(opened, "What is 8 + 5?", adapter: null, alice);
        await answer.PromptUsage;

        JsonObject state = await StateAsync(server, key);
        held.Dispose();

        JsonArray requests = state["requests"]!.AsArray();
        Assert.HasCount(shown, requests);
        Assert.AreEqual(shown == 0 ? null : alice, (string?)requests.FirstOrDefault()?["tenant"]);
        Assert.AreEqual(
            key == "root", state["last_steps"]!.AsArray().Count > 0, "Steps are everyone's, so that they are an admin's to see.");
    }

    private static async Task<JsonObject> StateAsync(TestServer server, string? key)
    {
        using HttpResponseMessage response = await server.GetAsync("/v1/engine", key);
        Assert.AreEqual(200, (int)response.StatusCode);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
    }
}
