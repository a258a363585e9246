using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Server.Tests.Endpoints;

/// <summary>Texts that are continued.</summary>
[TestClass]
public sealed class CompletionsTests
{
    private const string Path = "/v1/completions";
    private const string Prompt =
        "<|start_of_role|>user<|end_of_role|>Compute 17 + 25.<|end_of_text|>\\n<|start_of_role|>assistant<|end_of_role|>";

    [TestMethod]
    public async Task Post_Text_ContinuesIt()
    {
        ApiServer server = await ApiServer.DemoAsync();
        JsonObject answer = await server.PostAsync(Path, $$"""{"model": "alora-demo", "prompt": "{{Prompt}}"}""");
        Assert.AreEqual("text_completion", (string)answer["object"]!);
        Assert.AreEqual("17 + 25 = 42.", (string)answer["choices"]![0]!["text"]!);
        Assert.AreEqual("stop", (string)answer["choices"]![0]!["finish_reason"]!);
        Assert.IsNotNull(answer["usage"]!["prompt_tokens_details"]!["cached_tokens"]);
    }

    [TestMethod]
    public async Task Post_IdsAndLists_GiveTheSame()
    {
        ApiServer server = await ApiServer.DemoAsync();
        string ids = (await server.PostAsync("/tokenize", $$"""{"prompt": "{{Prompt}}"}"""))["tokens"]!.ToJsonString();
        foreach ((string prompt, int count) in ((string, int)[])[
            (ids, 1), ($"[\"{Prompt}\"]", 1), ($"[{ids}, {ids}]", 2), ($"[\"{Prompt}\", \"{Prompt}\"]", 2)])
        {
            JsonObject answer = await server.PostAsync(Path, $$"""{"prompt": {{prompt}}, "n": 2}""");
            JsonArray choices = answer["choices"]!.AsArray();
            Assert.HasCount(2 * count, choices);
            Assert.IsTrue(choices.All(choice => (string)choice!["text"]! == "17 + 25 = 42."));
            CollectionAssert.AreEqual(Enumerable.Range(0, 2 * count).ToArray(), choices.Select(choice => (int)choice!["index"]!).ToArray());
        }
    }

    [TestMethod]
    public async Task Post_EchoAndStream_GiveThePromptFirst()
    {
        ApiServer server = await ApiServer.DemoAsync();
        JsonObject whole = await server.PostAsync(
            Path, """{"prompt": "Compute 1 + 1", "echo": true, "max_tokens": 4, "ignore_eos": true}""");
        string text = (string)whole["choices"]![0]!["text"]!;
        Assert.StartsWith("Compute 1 + 1", text);
        Assert.AreEqual("length", (string)whole["choices"]![0]!["finish_reason"]!);
        List<JsonObject> chunks = await server.StreamAsync(
            Path,
            """
            {"prompt": "Compute 1 + 1", "echo": true, "max_tokens": 4, "ignore_eos": true, "stream": true,
             "stream_options": {"include_usage": true} }
            """);
        Assert.AreEqual(
            text, string.Concat(chunks.SelectMany(chunk => chunk["choices"]!.AsArray()).Select(choice => (string)choice!["text"]!)));
        Assert.AreEqual(4, (int)chunks[^1]["usage"]!["completion_tokens"]!);
    }

    [TestMethod]
    public async Task Post_WithoutMaxTokens_GivesSixteen()
    {
        JsonObject answer = await (await ApiServer.DemoAsync()).PostAsync(Path, """{"prompt": "Compute", "ignore_eos": true}""");
        Assert.AreEqual(16, (int)answer["usage"]!["completion_tokens"]!);
    }

    [TestMethod]
    public async Task Post_Logprobs_AreFourLists()
    {
        JsonObject answer = await (await ApiServer.DemoAsync()).PostAsync(Path, $$"""{"prompt": "{{Prompt}}", "logprobs": 2}""");
        JsonObject logprobs = answer["choices"]![0]!["logprobs"]!.AsObject();
        string text = (string)answer["choices"]![0]!["text"]!;
        string[] tokens = [.. logprobs["tokens"]!.AsArray().Select(token => (string)token!)];
        Assert.AreEqual(text, string.Concat(tokens));
        Assert.HasCount(tokens.Length, logprobs["token_logprobs"]!.AsArray());
        Assert.IsTrue(logprobs["top_logprobs"]!.AsArray().All(top => top!.AsObject().Count == 2));
        Assert.AreEqual(text.Length - tokens[^1].Length, (int)logprobs["text_offset"]!.AsArray()[^1]!);
    }

    [TestMethod]
    public async Task Post_Adapter_StartsAtItsInvocationInThePrompt()
    {
        ApiServer server = await ApiServer.DemoAsync();
        string prompt = "<|start_of_role|>user<|end_of_role|>Compute 17 + 25.<|end_of_text|>\\n<|start_of_role|>assistant<|end_of_role|>17 "
            + "+ 25 = 42.<|end_of_text|>\\n";
        string asked = "\"messages\": [{\"role\": \"user\", \"content\": \"Compute 17 + 25.\"}, {\"role\": \"assistant\", "
            + "\"content\": \"17 + 25 = 42.\"}]";
        JsonObject chat = await server.PostAsync("/v1/chat/completions", $$"""{"model": "certainty", {{asked}}}""");
        JsonObject text = await server.PostAsync(
            Path, $$"""{"model": "certainty", "prompt": "{{prompt}}<|start_of_role|>certainty<|end_of_role|>"}""");
        Assert.AreEqual((string)chat["choices"]![0]!["message"]!["content"]!, (string)text["choices"]![0]!["text"]!);
        (int status, JsonObject error) = await server.RefusedAsync(Path, $$"""{"model": "certainty", "prompt": "{{prompt}}"}""");
        Assert.AreEqual(400, status);
        Assert.Contains("certainty", (string)error["message"]!);
    }

    [TestMethod]
    public async Task Post_SpecialTokensAsText_ParsesNone()
    {
        ApiServer server = await ApiServer.DemoAsync();
        JsonObject parsed = await server.PostAsync(Path, $$"""{"prompt": "{{Prompt}}", "max_tokens": 1}""");
        JsonObject text = await server.PostAsync(Path, $$"""{"prompt": "{{Prompt}}", "max_tokens": 1, "special_tokens_as_text": true}""");
        Assert.IsGreaterThan((int)parsed["usage"]!["prompt_tokens"]!, (int)text["usage"]!["prompt_tokens"]!);
    }

    [TestMethod]
    [DataRow("{}", "prompt")]
    [DataRow("{\"prompt\": []}", "prompt")]
    [DataRow("{\"prompt\": [1, \"a\"]}", "prompt")]
    [DataRow("{\"prompt\": [99999999]}", "prompt")]
    [DataRow("{\"prompt\": {}}", "prompt")]
    [DataRow("{\"prompt\": \"a\", \"suffix\": \"b\"}", "suffix")]
    [DataRow("{\"prompt\": \"a\", \"best_of\": 3}", "best_of")]
    [DataRow("{\"prompt\": \"a\", \"echo\": true, \"logprobs\": 1}", "logprobs")]
    [DataRow("{\"prompt\": \"a\", \"logprobs\": 30}", "logprobs")]
    [DataRow("{\"prompt\": \"a\", \"max_tokens\": 0}", "max_tokens")]
    public async Task Post_Unfit_IsNamed(string body, string param)
    {
        (int status, JsonObject error) = await (await ApiServer.DemoAsync()).RefusedAsync(Path, body);
        Assert.AreEqual(400, status, error.ToJsonString());
        Assert.AreEqual(param, (string?)error["param"], error.ToJsonString());
    }
}
