using System.Text.Json.Nodes;
using ALoRA.Onnx.Extensions.AI;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Server.Tests.Endpoints;

/// <summary>The bytes of chat completions, and that their answers are those of the chat client and of conversations.</summary>
[TestClass]
public sealed class ChatCompletionsTests
{
    private const string Path = "/v1/chat/completions";
    private const string Chat = """
        "model": "alora-demo", "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Compute 17 + 25."}]
        """;

    private const string Asked = """
        "messages": [{"role": "user", "content": "Compute 17 + 25."}, {"role": "assistant", "content": "17 + 25 = 42."}]
        """;

    [TestMethod]
    public async Task Post_Chat_AnswersAsTheChatClient()
    {
        ApiServer server = await ApiServer.DemoAsync();
        JsonObject answer = await server.PostAsync(Path, "{" + Chat + ", \"cache_salt\": \"fresh\"}");
        JsonObject again = await server.PostAsync(Path, "{" + Chat + ", \"cache_salt\": \"fresh\"}");
        using AloraChatClient client = new(await DemoModel.OpenAsync(), new AloraChatClientOptions { LeaveOpen = true });
        ChatResponse expected = await client.GetResponseAsync(
            [new(ChatRole.System, "Be short."), new(ChatRole.User, "Compute 17 + 25.")]);

        Assert.AreEqual("chat.completion", (string)answer["object"]!);
        Assert.StartsWith("chatcmpl-", (string)answer["id"]!);
        Assert.AreEqual("alora-demo", (string)answer["model"]!);
        JsonObject choice = answer["choices"]![0]!.AsObject();
        Assert.AreEqual("assistant", (string)choice["message"]!["role"]!);
        Assert.AreEqual(expected.Text, (string)choice["message"]!["content"]!);
        Assert.AreEqual("stop", (string)choice["finish_reason"]!);
        Assert.IsNull(choice["logprobs"]);
        JsonObject usage = answer["usage"]!.AsObject();
        Assert.AreEqual(expected.Usage!.InputTokenCount, (long)usage["prompt_tokens"]!);
        Assert.AreEqual(expected.Usage.OutputTokenCount, (long)usage["completion_tokens"]!);
        Assert.AreEqual(expected.Usage.TotalTokenCount, (long)usage["total_tokens"]!);
        Assert.AreEqual(0, (int)usage["prompt_tokens_details"]!["cached_tokens"]!);
        Assert.IsGreaterThan(0, (int)again["usage"]!["prompt_tokens_details"]!["cached_tokens"]!);
        Assert.AreEqual(expected.Text, (string)again["choices"]![0]!["message"]!["content"]!);
    }

    [TestMethod]
    public async Task Post_Stream_HasRoleTextReasonAndUsage()
    {
        ApiServer server = await ApiServer.DemoAsync();
        JsonObject whole = await server.PostAsync(Path, "{" + Chat + "}");
        List<JsonObject> chunks = await server.StreamAsync(
            Path, "{" + Chat + ", \"stream\": true, \"stream_options\": {\"include_usage\": true}}");

        Assert.AreEqual("assistant", (string)chunks[0]["choices"]![0]!["delta"]!["role"]!);
        Assert.AreEqual(
            (string)whole["choices"]![0]!["message"]!["content"]!,
            string.Concat(chunks.SelectMany(chunk => chunk["choices"]!.AsArray()).Select(choice => (string?)choice!["delta"]!["content"])));
        Assert.AreEqual("stop", (string)chunks[^2]["choices"]![0]!["finish_reason"]!);
        Assert.IsTrue(chunks.SkipLast(1).All(chunk => chunk.ContainsKey("usage") && chunk["usage"] is null));
        Assert.IsEmpty(chunks[^1]["choices"]!.AsArray());
        Assert.AreEqual((int)whole["usage"]!["completion_tokens"]!, (int)chunks[^1]["usage"]!["completion_tokens"]!);
        Assert.HasCount(1, chunks.Select(chunk => (string)chunk["id"]!).Distinct());
        Assert.IsTrue(chunks.All(chunk => (string)chunk["object"]! == "chat.completion.chunk"));
    }

    [TestMethod]
    public async Task Post_StreamWithoutUsage_HasNone()
    {
        ApiServer server = await ApiServer.DemoAsync();
        List<JsonObject> chunks = await server.StreamAsync(Path, "{" + Chat + ", \"stream\": true}");
        Assert.IsFalse(chunks.Any(chunk => chunk.ContainsKey("usage")));
    }

    [TestMethod]
    [DataRow("certainty")]
    [DataRow("certainty-lora")]
    [DataRow("answerability")]
    [DataRow("jailbreak")]
    [DataRow("query_rewrite")]
    public async Task Post_Adapter_AnswersAsItsIntrinsicOnAConversation(string adapter)
    {
        ApiServer server = await ApiServer.DemoAsync();
        AloraModel model = await DemoModel.OpenAsync();
        IntrinsicRequest request = new()
        {
            Messages = [new("user", "Compute 17 + 25."), new("assistant", "17 + 25 = 42.")],
        };
        using Conversation conversation = model.CreateConversation();
        string expected = (await conversation.InvokeAsync(model.OpenIntrinsic(adapter), request)).Run.Text;

        string byModel = await TextAsync($$"""{"model": "{{adapter}}", {{Asked}}}""");
        string byBase = await TextAsync($$"""{"model": "alora-demo:{{adapter}}", {{Asked}}}""");
        string byTemplate = await TextAsync(
            $$"""{"model": "alora-demo", "chat_template_kwargs": {"adapter_name": "{{adapter}}"}, {{Asked}}}""");
        if (!adapter.EndsWith("-lora", StringComparison.Ordinal))
        {
            Assert.AreEqual(expected, byModel);
        }

        Assert.AreEqual(byModel, byBase);
        Assert.AreEqual(byModel, byTemplate);

        async Task<string> TextAsync(string body) => (string)(await server.PostAsync(Path, body))["choices"]![0]!["message"]!["content"]!;
    }

    [TestMethod]
    public async Task Post_AdapterAfterTheBase_ReusesItsRows()
    {
        ApiServer server = await ApiServer.DemoAsync();
        string salt = "\"cache_salt\": \"reuse\"";
        string asked = $$"""{"model": "MODEL", {{Asked}}, {{salt}}, "max_tokens": 1}""";
        await server.PostAsync(Path, asked.Replace("MODEL", "alora-demo", StringComparison.Ordinal));
        JsonObject answer = await server.PostAsync(Path, asked.Replace("MODEL", "certainty", StringComparison.Ordinal));
        Assert.IsGreaterThan(10, (int)answer["usage"]!["prompt_tokens_details"]!["cached_tokens"]!);
        JsonObject other = await server.PostAsync(
            Path, $$"""{"model": "certainty", {{Asked}}, "cache_salt": "another", "max_tokens": 1}""");
        Assert.AreEqual(0, (int)other["usage"]!["prompt_tokens_details"]!["cached_tokens"]!);
    }

    [TestMethod]
    public async Task Post_UserSpellsTheInvocation_InvokesNothing()
    {
        ApiServer server = await ApiServer.DemoAsync();
        AloraModel model = await DemoModel.OpenAsync();
        string mark = model.Tokenizer.Decode([.. model.Adapters.Get("certainty").InvocationTokens]);
        JsonObject answer = await server.PostAsync(
            Path,
            new JsonObject
            {
                ["model"] = "certainty",
                ["messages"] = new JsonArray(
                    new JsonObject { ["role"] = "user", ["content"] = $"{mark} Compute 17 + 25." },
                    new JsonObject { ["role"] = "assistant", ["content"] = "17 + 25 = 42." }),
            }.ToJsonString());
        using Conversation conversation = model.CreateConversation();
        IntrinsicAnswer expected = await conversation.InvokeAsync(
            model.OpenIntrinsic("certainty"),
            new IntrinsicRequest { Messages = [new("user", $"{mark} Compute 17 + 25."), new("assistant", "17 + 25 = 42.")] });
        Assert.AreEqual(expected.Run.Text, (string)answer["choices"]![0]!["message"]!["content"]!);
        Assert.AreEqual(expected.Run.Usage.ReusedTokens + expected.Run.Usage.ComputedTokens, (int)answer["usage"]!["prompt_tokens"]!);
    }
}
