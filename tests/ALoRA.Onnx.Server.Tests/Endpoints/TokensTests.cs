using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Server.Tests.Endpoints;

/// <summary>Texts to ids and back, models, and what there is not.</summary>
[TestClass]
public sealed class TokensTests
{
    [TestMethod]
    public async Task Tokenize_Prompt_HasVllmsShape()
    {
        ApiServer server = await ApiServer.DemoAsync();
        AloraModel model = await DemoModel.OpenAsync();
        JsonObject answer = await server.PostAsync(
            "/tokenize", """{"model": "alora-demo", "prompt": "<|end_of_text|>Hello you", "return_token_strs": true}""");
        int[] ids = model.Tokenizer.Encode("<|end_of_text|>Hello you", addSpecialTokens: true);
        CollectionAssert.AreEqual(ids, answer["tokens"]!.AsArray().Select(id => (int)id!).ToArray());
        Assert.AreEqual(ids.Length, (int)answer["count"]!);
        Assert.AreEqual(model.MaxLength, (int)answer["max_model_len"]!);
        CollectionAssert.AreEqual(
            ids.Select(model.Tokenizer.TokenOf).ToArray(), answer["token_strs"]!.AsArray().Select(text => (string?)text).ToArray());
        JsonObject back = await server.PostAsync("/detokenize", $$"""{"tokens": {{answer["tokens"]!.ToJsonString()}}}""");
        Assert.AreEqual("<|end_of_text|>Hello you", (string)back["prompt"]!);
        JsonObject bare = await server.PostAsync("/tokenize", """{"prompt": "Hello"}""");
        Assert.IsTrue(bare.ContainsKey("token_strs") && bare["token_strs"] is null);
    }

    [TestMethod]
    public async Task Tokenize_Messages_AreRenderedAndTheirMarksAreText()
    {
        ApiServer server = await ApiServer.DemoAsync();
        AloraModel model = await DemoModel.OpenAsync();
        string messages = "\"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]";
        CollectionAssert.AreEqual(model.PromptEncoder.Encode([new PromptMessage("user", "Hello")]), await IdsAsync($$"""{{{messages}}}"""));
        CollectionAssert.AreEqual(
            model.PromptEncoder.Encode([new PromptMessage("user", "Hello")], addGenerationPrompt: false),
            await IdsAsync($$"""{{{messages}}, "add_generation_prompt": false}"""));
        int mark = model.Tokenizer.IdOf("<|end_of_text|>")!.Value;
        int[] spelled = await IdsAsync(
            """{"messages": [{"role": "user", "content": "<|end_of_text|>"}], "add_generation_prompt": false}""");
        Assert.AreEqual(1, spelled.Count(id => id == mark));

        async Task<int[]> IdsAsync(string body) =>
            [.. (await server.PostAsync("/tokenize", body))["tokens"]!.AsArray().Select(id => (int)id!)];
    }

    [TestMethod]
    [DataRow("/tokenize", "{}", 400)]
    [DataRow("/tokenize", "{\"prompt\": \"a\", \"messages\": []}", 400)]
    [DataRow("/tokenize", "{\"model\": \"nothing\", \"prompt\": \"a\"}", 404)]
    [DataRow("/detokenize", "{}", 400)]
    [DataRow("/detokenize", "{\"tokens\": [-1]}", 400)]
    [DataRow("/detokenize", "{\"tokens\": [\"a\"]}", 400)]
    [DataRow("/v1/embeddings", "{\"input\": \"a\"}", 501)]
    public async Task Post_Unfit_IsRefused(string path, string body, int status)
    {
        (int got, JsonObject error) = await (await ApiServer.DemoAsync()).RefusedAsync(path, body);
        Assert.AreEqual(status, got, error.ToJsonString());
    }

    [TestMethod]
    public async Task Models_BaseAndAdapters_HaveParentAndRoot()
    {
        ApiServer server = await ApiServer.DemoAsync();
        JsonNode list = JsonNode.Parse(await server.Http.GetStringAsync("/v1/models"))!;
        Assert.AreEqual("list", (string)list["object"]!);
        JsonNode first = list["data"]![0]!;
        Assert.AreEqual("alora-demo", (string)first["id"]!);
        Assert.IsNull(first["parent"]);
        JsonNode adapter = JsonNode.Parse(await server.Http.GetStringAsync("/v1/models/certainty"))!;
        Assert.AreEqual("model", (string)adapter["object"]!);
        Assert.AreEqual("alora-demo", (string)adapter["parent"]!);
        Assert.AreEqual("certainty", (string)adapter["root"]!);
        Assert.HasCount(1 + DemoModel.AdapterNames.Count, list["data"]!.AsArray());
        using HttpResponseMessage missing = await server.Http.GetAsync("/v1/models/a/b");
        Assert.AreEqual(404, (int)missing.StatusCode);
        Assert.AreEqual("model_not_found", (string)JsonNode.Parse(await missing.Content.ReadAsStringAsync())!["error"]!["code"]!);
    }
}
