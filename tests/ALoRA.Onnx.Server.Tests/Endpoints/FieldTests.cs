using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Server.Tests.Endpoints;

/// <summary>Every field of a chat request has an effect or is refused.</summary>
[TestClass]
public sealed class FieldTests
{
    private const string Path = "/v1/chat/completions";
    private const string Chat = "\"messages\": [{\"role\": \"user\", \"content\": \"Compute 17 + 25.\"}]";

    [TestMethod]
    [DataRow("\"max_tokens\": 3", DisplayName = "max_tokens")]
    [DataRow("\"max_completion_tokens\": 3", DisplayName = "max_completion_tokens")]
    public async Task MaxTokens_CutsTheAnswer(string field)
    {
        JsonObject answer = await (await ApiServer.DemoAsync()).PostAsync(Path, $$"""{{{Chat}}, {{field}}}""");
        Assert.AreEqual("length", (string)answer["choices"]![0]!["finish_reason"]!);
        Assert.AreEqual(3, (int)answer["usage"]!["completion_tokens"]!);
    }

    [TestMethod]
    [DataRow("\"stop\": \" =\"", "17 + 25", DisplayName = "stop as a text")]
    [DataRow("\"stop\": [\"42\", \"+\"]", "17 ", DisplayName = "stop as a list")]
    public async Task Stop_CutsBeforeIt(string field, string expected)
    {
        JsonObject answer = await (await ApiServer.DemoAsync()).PostAsync(Path, $$"""{{{Chat}}, {{field}}}""");
        Assert.AreEqual(expected, TextOf(answer));
        Assert.AreEqual("stop", (string)answer["choices"]![0]!["finish_reason"]!);
    }

    [TestMethod]
    public async Task StopTokenIdsAndIgnoreEos_ChangeTheEnd()
    {
        ApiServer server = await ApiServer.DemoAsync();
        AloraModel model = await DemoModel.OpenAsync();
        int first = model.Tokenizer.Encode("17 + 25 = 42.")[0];
        JsonObject stopped = await server.PostAsync(Path, $$"""{{{Chat}}, "stop_token_ids": [{{first}}]}""");
        Assert.AreEqual(1, (int)stopped["usage"]!["completion_tokens"]!);
        JsonObject longer = await server.PostAsync(Path, $$"""{{{Chat}}, "ignore_eos": true, "max_tokens": 40}""");
        Assert.AreEqual(40, (int)longer["usage"]!["completion_tokens"]!);
        Assert.AreEqual("length", (string)longer["choices"]![0]!["finish_reason"]!);
    }

    [TestMethod]
    public async Task Seed_SameSeedSameAnswerAndChoicesDiffer()
    {
        ApiServer server = await ApiServer.DemoAsync();
        string body = $$"""
            {"messages": [{"role": "user", "content": "Tell me a story."}], "temperature": 1.5, "seed": 7, "n": 3, "max_tokens": 24}
            """;
        JsonObject first = await server.PostAsync(Path, body);
        JsonObject second = await server.PostAsync(Path, body);
        string[] texts = [.. first["choices"]!.AsArray().Select(choice => (string)choice!["message"]!["content"]!)];
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, first["choices"]!.AsArray().Select(choice => (int)choice!["index"]!).ToArray());
        CollectionAssert.AreEqual(
            texts, second["choices"]!.AsArray().Select(choice => (string)choice!["message"]!["content"]!).ToArray());
        Assert.IsGreaterThan(1, texts.Distinct().Count());
        JsonObject other = await server.PostAsync(
            Path, body.Replace("\"seed\": 7, \"n\": 3", "\"seed\": 8", StringComparison.Ordinal));
        Assert.AreEqual(texts[1], TextOf(other));
        Assert.IsLessThanOrEqualTo(72, (int)first["usage"]!["completion_tokens"]!);
        Assert.AreEqual((int)other["usage"]!["prompt_tokens"]!, (int)first["usage"]!["prompt_tokens"]!);
    }

    [TestMethod]
    [DataRow("\"temperature\": 2.0, \"seed\": 1", DisplayName = "temperature")]
    [DataRow("\"presence_penalty\": 2", DisplayName = "presence_penalty")]
    [DataRow("\"frequency_penalty\": 2", DisplayName = "frequency_penalty")]
    [DataRow("\"repetition_penalty\": 50", DisplayName = "repetition_penalty")]
    public async Task SamplingField_ChangesTheAnswer(string field)
    {
        ApiServer server = await ApiServer.DemoAsync();
        string chat = "\"messages\": [{\"role\": \"user\", \"content\": \"Compute 11 + 11.\"}], \"ignore_eos\": true, \"max_tokens\": 24";
        string plain = TextOf(await server.PostAsync(Path, $$"""{{{chat}}}"""));
        Assert.AreNotEqual(plain, TextOf(await server.PostAsync(Path, $$"""{{{chat}}, {{field}}}""")));
    }

    [TestMethod]
    [DataRow("\"top_k\": 1", DisplayName = "top_k")]
    [DataRow("\"top_p\": 0.0001", DisplayName = "top_p")]
    [DataRow("\"min_p\": 1", DisplayName = "min_p")]
    public async Task SamplingFilter_LeavesTheLikeliest(string field)
    {
        ApiServer server = await ApiServer.DemoAsync();
        string plain = TextOf(await server.PostAsync(Path, $$"""{{{Chat}}}"""));
        string hot = $$"""{{{Chat}}, "temperature": 5, "seed": 11, "max_tokens": 40, {{field}}}""";
        Assert.AreEqual(plain, TextOf(await server.PostAsync(Path, hot)));
    }

    [TestMethod]
    public async Task LogitBias_ForbidsAToken()
    {
        ApiServer server = await ApiServer.DemoAsync();
        int first = (await DemoModel.OpenAsync()).Tokenizer.Encode("17 + 25 = 42.")[0];
        string text = TextOf(await server.PostAsync(Path, "{" + Chat + ", \"logit_bias\": {\"" + first + "\": -100}}"));
        Assert.DoesNotStartWith("17", text);
    }

    [TestMethod]
    [DataRow("\"response_format\": {\"type\": \"json_object\"}", DisplayName = "json_object")]
    [DataRow("\"structured_outputs\": {\"json\": {\"type\": \"object\"}}", DisplayName = "structured_outputs.json")]
    [DataRow("\"guided_json\": \"{\\\"type\\\": \\\"object\\\"}\"", DisplayName = "guided_json as a text")]
    public async Task Form_JsonObject_IsEnforced(string field)
    {
        JsonObject answer = await (await ApiServer.DemoAsync()).PostAsync(Path, $$"""{{{Chat}}, {{field}}, "max_tokens": 60}""");
        Assert.StartsWith("{", TextOf(answer));
    }

    [TestMethod]
    public async Task Form_Choice_IsEnforced()
    {
        JsonObject answer = await (await ApiServer.DemoAsync()).PostAsync(
            Path, "{" + Chat + ", \"structured_outputs\": {\"choice\": [\"blue\", \"green\"]}}");
        Assert.Contains(TextOf(answer), ["blue", "green"]);
    }

    [TestMethod]
    public async Task DocumentsAndTemplateKwargs_ReachTheTemplate()
    {
        ApiServer server = await ApiServer.DemoAsync();
        string documents = "[{\"doc_id\": \"1\", \"text\": \"Nora is 67 years old.\"}]";
        string plain = await PromptTokensAsync("");
        string own = await PromptTokensAsync($", \"documents\": {documents}");
        string kwargs = await PromptTokensAsync($", \"chat_template_kwargs\": {{\"documents\": {documents}, \"enable_thinking\": false}}");
        Assert.AreNotEqual(plain, own);
        Assert.AreEqual(own, kwargs);

        async Task<string> PromptTokensAsync(string field) =>
            (await server.PostAsync("/tokenize", $$"""{{{Chat}}{{field}}}"""))["tokens"]!.ToJsonString();
    }

    [TestMethod]
    [DataRow("\"temperature\": -1", "temperature")]
    [DataRow("\"top_p\": 0", "top_p")]
    [DataRow("\"top_k\": -2", "top_k")]
    [DataRow("\"min_p\": 1.5", "min_p")]
    [DataRow("\"presence_penalty\": 3", "presence_penalty")]
    [DataRow("\"frequency_penalty\": -3", "frequency_penalty")]
    [DataRow("\"repetition_penalty\": 0", "repetition_penalty")]
    [DataRow("\"max_tokens\": 0", "max_tokens")]
    [DataRow("\"max_tokens\": 3, \"max_completion_tokens\": 4", "max_tokens")]
    [DataRow("\"n\": 0", "n")]
    [DataRow("\"n\": 1000", "n")]
    [DataRow("\"stop\": [\"\"]", "stop")]
    [DataRow("\"stop\": 3", "stop")]
    [DataRow("\"logit_bias\": {\"x\": 1}", "logit_bias")]
    [DataRow("\"logit_bias\": {\"5\": 200}", "logit_bias")]
    [DataRow("\"logit_bias\": {\"99999999\": 1}", "logit_bias")]
    [DataRow("\"stop_token_ids\": [-1]", "stop_token_ids")]
    [DataRow("\"logprobs\": true, \"top_logprobs\": 21", "top_logprobs")]
    [DataRow("\"top_logprobs\": 2", "top_logprobs")]
    [DataRow("\"response_format\": {\"type\": \"xml\"}", "response_format.type")]
    [DataRow("\"response_format\": {\"type\": \"json_schema\"}", "response_format.json_schema.schema")]
    [DataRow("\"response_format\": {\"type\": \"json_object\"}, \"guided_json\": {}", "response_format")]
    [DataRow("\"structured_outputs\": {\"grammar\": \"x\"}", "structured_outputs.grammar")]
    [DataRow("\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}]", "tools")]
    [DataRow("\"tools\": [{\"type\": \"web_search\"}]", "tools[0].type")]
    [DataRow("\"tool_choice\": \"required\"", "tool_choice")]
    [DataRow("\"tool_choice\": \"perhaps\"", "tool_choice")]
    [DataRow("\"chat_template_kwargs\": {\"messages\": []}", "chat_template_kwargs.messages")]
    [DataRow("\"documents\": [{\"text\": \"a\"}], \"chat_template_kwargs\": {\"documents\": []}", "documents")]
    [DataRow("\"model\": \"certainty\", \"chat_template_kwargs\": {\"adapter_name\": \"jailbreak\"}", "chat_template_kwargs.adapter_name")]
    [DataRow("\"temperature\": \"hot\"", "temperature")]
    [DataRow("\"stream\": \"yes\"", "stream")]
    [DataRow("\"max_tokens\": 1.5", "max_tokens")]
    [DataRow("\"seed\": 99999999999999999999", "seed")]
    [DataRow("\"tools\": {}", "tools")]
    public async Task Field_OutOfRangeOrWrongType_Is400AndNamed(string field, string param)
    {
        (int status, JsonObject error) = await (await ApiServer.DemoAsync()).RefusedAsync(Path, $$"""{{{Chat}}, {{field}}}""");
        Assert.AreEqual(400, status, error.ToJsonString());
        Assert.AreEqual(param, (string?)error["param"], error.ToJsonString());
        Assert.AreEqual("invalid_request_error", (string?)error["type"]);
        Assert.Contains(param, (string)error["message"]!);
    }

    [TestMethod]
    [DataRow("[]", "messages")]
    [DataRow("[{\"content\": \"x\"}]", "messages[0].role")]
    [DataRow("[{\"role\": \"wizard\", \"content\": \"x\"}]", "messages[0].role")]
    [DataRow("[{\"role\": \"user\"}]", "messages[0].content")]
    [DataRow("[{\"role\": \"user\", \"content\": 5}]", "messages[0].content")]
    [DataRow("[{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]", "messages[0].content[0]")]
    [DataRow("[{\"role\": \"tool\", \"content\": \"x\"}]", "messages[0].tool_call_id")]
    [DataRow(
        "[{\"role\": \"assistant\", \"tool_calls\": [{\"id\": \"1\", \"type\": \"function\", \"function\": {\"name\": \"f\", "
        + "\"arguments\": \"[\"}}]}]",
        "messages[0].tool_calls[0].function.arguments")]
    [DataRow("[{\"role\": 5, \"content\": \"x\"}]", "messages[0].role")]
    [DataRow("\"hello\"", "messages")]
    public async Task Messages_Malformed_AreNamed(string messages, string param)
    {
        (int status, JsonObject error) = await (await ApiServer.DemoAsync()).RefusedAsync(Path, $$"""{"messages": {{messages}}}""");
        Assert.AreEqual(400, status, error.ToJsonString());
        Assert.AreEqual(param, (string?)error["param"], error.ToJsonString());
    }

    [TestMethod]
    public async Task Body_MalformedJson_TellsWhere()
    {
        ApiServer server = await ApiServer.DemoAsync();
        (int status, JsonObject error) = await server.RefusedAsync(Path, "{\"messages\": [\n  {\"role\": }]}");
        Assert.AreEqual(400, status);
        Assert.AreEqual("invalid_json", (string?)error["code"]);
        Assert.Contains("line 2, byte 12", (string)error["message"]!);
        foreach (string body in (string[])["", "null", "[]", "5", "{\"model\": \"a\", \"model\": \"b\"}", "{\"messages\""])
        {
            (status, error) = await server.RefusedAsync(Path, body);
            Assert.AreEqual(400, status, body);
            Assert.AreEqual("invalid_json", (string?)error["code"], body);
        }
    }

    [TestMethod]
    public async Task Model_Unknown_Is404()
    {
        ApiServer server = await ApiServer.DemoAsync();
        (int status, JsonObject error) = await server.RefusedAsync(Path, $$"""{"model": "nothing", {{Chat}}}""");
        Assert.AreEqual(404, status);
        Assert.AreEqual("model_not_found", (string?)error["code"]);
        (status, error) = await server.RefusedAsync(Path, "{" + Chat + ", \"chat_template_kwargs\": {\"adapter_name\": \"nothing\"}}");
        Assert.AreEqual(404, status);
        Assert.AreEqual("chat_template_kwargs.adapter_name", (string?)error["param"]);
    }

    [TestMethod]
    public async Task Prompt_TooLong_Is400WithBothNumbers()
    {
        ApiServer server = await ApiServer.DemoAsync();
        int most = (await DemoModel.OpenAsync()).MaxLength;
        foreach (int words in (int[])[most, 4 * most])
        {
            string text = string.Join(' ', Enumerable.Repeat("a1", words));
            (int status, JsonObject error) = await server.RefusedAsync(
                Path, $$"""{"messages": [{"role": "user", "content": "{{text}}"}]}""");
            Assert.AreEqual(400, status);
            Assert.AreEqual("context_length_exceeded", (string?)error["code"]);
            Assert.Contains($"{most}", (string)error["message"]!);
            Assert.MatchesRegex(@"\b\d{4,} tokens", (string)error["message"]!);
        }
    }

    [TestMethod]
    public async Task UnknownField_IsNamedInAHeaderOrRefused()
    {
        ApiServer server = await ApiServer.DemoAsync();
        string body = $$"""
            {{{Chat}}, "max_tokens": 1, "reasoning_effort": "low", "bad\r\nname": 1, "nothing": null, "user": "u", "metadata": {"a": "b"},
             "store": false, "prompt_cache_key": "k", "stream_options": {"odd": true} }
            """;
        using HttpResponseMessage response = await server.SendAsync(Path, body);
        Assert.AreEqual(200, (int)response.StatusCode);
        Assert.AreEqual(
            "reasoning_effort, bad??name, stream_options.odd", string.Join(", ", response.Headers.GetValues("x-alora-ignored-fields")));
        await using ApiServer strict = await ApiServer.StartAsync(await DemoModel.FolderAsync(), options => options with { Strict = true });
        (int status, JsonObject error) = await strict.RefusedAsync(Path, body);
        Assert.AreEqual(400, status);
        Assert.AreEqual("reasoning_effort", (string?)error["param"]);
    }

    private static string TextOf(JsonObject answer) => (string)answer["choices"]![0]!["message"]!["content"]!;
}
