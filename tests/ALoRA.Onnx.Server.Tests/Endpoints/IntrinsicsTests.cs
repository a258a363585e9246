using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Server.Tests.Endpoints;

/// <summary>Several adapters about one conversation, and adapters with definitions.</summary>
[TestClass]
public sealed class IntrinsicsTests
{
    private const string Path = "/v1/intrinsics";
    private const string Asked = """
        "messages": [{"role": "user", "content": "Compute 17 + 25."}, {"role": "assistant", "content": "17 + 25 = 42."}]
        """;

    private const string Definition = """
        model: ~
        response_format: |
          {"type": "object", "properties": {"score": {"enum": ["0", "1", "9"]}, "why": {"enum": ["a", "b"]}},
           "required": ["score", "why"], "additionalProperties": false}
        transformations:
          - type: project
            input_path: []
            retained_fields:
              score: certainty
        """;

    [TestMethod]
    public async Task Post_Several_GivesEachAsAlone()
    {
        ApiServer server = await ApiServer.DemoAsync();
        AloraModel model = await DemoModel.OpenAsync();
        string[] names = ["certainty", "jailbreak", "answerability", "certainty-lora", "certainty"];
        JsonObject answer = await server.PostAsync(
            Path,
            $$"""{"model": "alora-demo", {{Asked}}, "intrinsics": """
            + $$"""[{{string.Join(", ", names.Select(name => $"{{\"name\": \"{name}\"}}"))}}]}""");
        JsonArray results = answer["results"]!.AsArray();
        CollectionAssert.AreEqual(names, results.Select(result => (string)result!["name"]!).ToArray());
        using Conversation conversation = model.CreateConversation();
        IntrinsicRequest request = new() { Messages = [new("user", "Compute 17 + 25."), new("assistant", "17 + 25 = 42.")] };
        for (int i = 0; i < names.Length; i++)
        {
            IntrinsicAnswer expected = await conversation.InvokeAsync(model.OpenIntrinsic(names[i]), request);
            Assert.AreEqual(expected.Run.Text, (string)results[i]!["text"]!, names[i]);
            JsonObject alone = await server.PostAsync("/v1/chat/completions", $$"""{"model": "{{names[i]}}", {{Asked}}}""");
            Assert.AreEqual((string)alone["choices"]![0]!["message"]!["content"]!, (string)results[i]!["text"]!, names[i]);
            JsonObject usage = results[i]!["usage"]!.AsObject();
            Assert.AreEqual((int)alone["usage"]!["prompt_tokens"]!, (int)usage["prompt_tokens"]!);
            Assert.AreEqual((int)alone["usage"]!["completion_tokens"]!, (int)usage["completion_tokens"]!);
            Assert.IsNotNull(usage["prompt_tokens_details"]!["cached_tokens"]);
        }
    }

    [TestMethod]
    [DataRow("\"intrinsics\": [{\"name\": \"nothing\"}]", 404, "intrinsics[0].name")]
    [DataRow("\"intrinsics\": [{\"name\": \"certainty\"}, {}]", 400, "intrinsics[1].name")]
    [DataRow("\"intrinsics\": []", 400, "intrinsics")]
    [DataRow("\"user\": \"x\"", 400, "intrinsics")]
    [DataRow("\"model\": \"certainty\", \"intrinsics\": [{\"name\": \"certainty\"}]", 400, "model")]
    [DataRow("\"model\": \"nothing\", \"intrinsics\": [{\"name\": \"certainty\"}]", 404, "model")]
    public async Task Post_Unfit_IsNamed(string fields, int status, string param)
    {
        (int got, JsonObject error) = await (await ApiServer.DemoAsync()).RefusedAsync(Path, $$"""{{{Asked}}, {{fields}}}""");
        Assert.AreEqual(status, got, error.ToJsonString());
        Assert.AreEqual(param, (string?)error["param"]);
    }

    [TestMethod]
    public async Task Post_AdapterWithDefinition_IsConstrainedAndTransformed()
    {
        using TemporaryFolder folder = await WithDefinitionAsync();
        await using ApiServer server = await ApiServer.StartAsync(folder.Path);
        using AloraModel model = await AloraModel.OpenAsync(folder.Path);
        using Conversation conversation = model.CreateConversation();
        IntrinsicRequest request = new() { Messages = [new("user", "Compute 17 + 25."), new("assistant", "17 + 25 = 42.")] };
        IntrinsicAnswer expected = await conversation.InvokeAsync(model.OpenIntrinsic("certainty"), request);

        string transformed = await ContentAsync("");
        Assert.IsTrue(JsonNode.DeepEquals(expected.Value, JsonNode.Parse(transformed)), transformed);
        Assert.AreEqual(expected.Run.Text, await ContentAsync(", \"raw\": true"));
        List<JsonObject> chunks = await server.StreamAsync(
            "/v1/chat/completions", $$"""{"model": "certainty", {{Asked}}, "stream": true}""");
        Assert.AreEqual(transformed, string.Concat(chunks.Select(chunk => (string?)chunk["choices"]![0]!["delta"]!["content"])));
        JsonNode result = (await server.PostAsync(Path, $$"""{{{Asked}}, "intrinsics": [{"name": "certainty"}]}"""))["results"]![0]!;
        Assert.AreEqual(expected.Run.Text, (string)result["text"]!);
        Assert.IsTrue(JsonNode.DeepEquals(expected.Value, result["value"]));

        // mellea rewrites by itself, and sends the schema along.
        string rewritten = await ContentAsync(", \"structured_outputs\": {\"json\": {\"enum\": [\"yes\", \"no\"]}}");
        Assert.Contains(rewritten, ["\"yes\"", "\"no\""]);

        async Task<string> ContentAsync(string field) =>
            (string)(await server.PostAsync("/v1/chat/completions", $$"""{"model": "certainty", {{Asked}}{{field}}}"""))
                ["choices"]![0]!["message"]!["content"]!;
    }

    [TestMethod]
    public async Task Post_AnswerThatFitsNoRule_Is500AndSaysWhy()
    {
        using TemporaryFolder folder = await WithDefinitionAsync();
        await using ApiServer server = await ApiServer.StartAsync(folder.Path, source: new WrittenSource("no JSON at all"));
        (int status, JsonObject error) = await server.RefusedAsync("/v1/chat/completions", $$"""{"model": "certainty", {{Asked}}}""");
        Assert.AreEqual(500, status);
        Assert.Contains("JSON", (string)error["message"]!);
    }

    /// <summary>As mellea sends it: rewritten by the client, whose definition has the invocation as its instruction.</summary>
    [TestMethod]
    public async Task Post_ClientPutTheInvocationIntoAMessage_IsToldWhatToDo()
    {
        AloraModel model = await DemoModel.OpenAsync();
        string invocation = model.Tokenizer.Decode([.. model.Adapters.Get("certainty").InvocationTokens], skipSpecialTokens: false);
        using TemporaryFolder folder = await WithDefinitionAsync(Definition + $"\ninstruction: \"{invocation}\"\n");
        await using ApiServer server = await ApiServer.StartAsync(folder.Path);
        string body = $$"""
            {"model": "alora-demo", "chat_template_kwargs": {"adapter_name": "certainty"}, "max_tokens": 4,
             "structured_outputs": {"json": {"enum": ["0", "9"]} },
             "messages": [{"role": "user", "content": "Hi"}, {"role": "user", "content": "{{invocation}}"}]}
            """;
        (int status, JsonObject error) = await server.RefusedAsync("/v1/chat/completions", body);
        Assert.AreEqual(400, status, error.ToJsonString());
        Assert.AreEqual("missing_invocation", (string?)error["code"]);
        Assert.Contains("'certainty'", (string)error["message"]!);
        Assert.Contains("without the invocation", (string)error["message"]!);

        // What it is told to do.
        await server.PostAsync("/v1/chat/completions", $$"""{"model": "certainty", {{Asked}}}""");
    }

    private static async Task<TemporaryFolder> WithDefinitionAsync(string definition = Definition)
    {
        TemporaryFolder folder = new();
        string demo = await DemoModel.FolderAsync();
        foreach (string file in Directory.EnumerateFiles(demo))
        {
            File.Copy(file, folder[System.IO.Path.GetFileName(file)]);
        }

        string adapter = Directory.CreateDirectory(folder[System.IO.Path.Combine("adapters", "certainty")]).FullName;
        foreach (string file in Directory.EnumerateFiles(System.IO.Path.Combine(demo, "adapters", "certainty")))
        {
            File.Copy(file, System.IO.Path.Combine(adapter, System.IO.Path.GetFileName(file)));
        }

        await File.WriteAllTextAsync(System.IO.Path.Combine(adapter, "io.yaml"), definition);
        return folder;
    }
}
