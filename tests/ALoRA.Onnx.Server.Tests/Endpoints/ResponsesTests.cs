using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Responses;

namespace ALoRA.Onnx.Server.Tests.Endpoints;

#pragma warning disable OPENAI001 // The client's own mark for what may still change.

/// <summary>The stateless part of the Responses API.</summary>
[TestClass]
public sealed class ResponsesTests
{
    private const string Path = "/v1/responses";

    [TestMethod]
    public async Task Create_RealClient_GivesTextAndUsage()
    {
        ResponsesClient client = await ClientAsync();
        ResponseResult response = await client.CreateResponseAsync("alora-demo", "Compute 17 + 25.");
        Assert.AreEqual("17 + 25 = 42.", response.GetOutputText());
        Assert.AreEqual(ResponseStatus.Completed, response.Status);
        Assert.IsGreaterThan(0, response.Usage.OutputTokenCount);
    }

    [TestMethod]
    public async Task Create_RealClientStreams_GivesDeltasAndTheWhole()
    {
        ResponsesClient client = await ClientAsync();
        string text = "";
        ResponseResult? whole = null;
        await foreach (StreamingResponseUpdate update in await client.CreateResponseStreamingAsync("alora-demo", "Compute 17 + 25."))
        {
            text += update is StreamingResponseOutputTextDeltaUpdate delta ? delta.Delta : "";
            whole = update is StreamingResponseCompletedUpdate completed ? completed.Response : whole;
        }

        Assert.AreEqual("17 + 25 = 42.", text);
        Assert.AreEqual(text, whole!.GetOutputText());
    }

    [TestMethod]
    public async Task Post_ToolsRoundTrip_HasItemsOfTheirOwn()
    {
        const string call = "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 17, \"b\": 25}}\n</tool_call>";
        await using ToolServer server = await ToolServer.StartAsync("family-hermes", new WrittenSource(call, "It is 42."));
        string tools = "\"tools\": [{\"type\": \"function\", \"name\": \"add\", \"parameters\": {\"type\": \"object\"}}]";
        JsonObject first = await server.Api.PostAsync(Path, "{\"input\": \"What is 17 + 25?\", " + tools + "}");
        JsonNode item = first["output"]![0]!;
        Assert.AreEqual("function_call", (string)item["type"]!);
        Assert.AreEqual("{\"a\":17,\"b\":25}", (string)item["arguments"]!);
        JsonObject second = await server.Api.PostAsync(
            Path,
            "{\"instructions\": \"Be short.\", \"input\": [{\"role\": \"user\", \"content\": \"What is 17 + 25?\"}, " + item.ToJsonString()
                + ", {\"type\": \"function_call_output\", \"call_id\": \"" + (string)item["call_id"]! + "\", \"output\": \"42\"}], " + tools
                + "}");
        Assert.AreEqual("It is 42.", (string)second["output"]![0]!["content"]![0]!["text"]!);
        string prompt = server.Source.Asked.Last().Prompt;
        Assert.Contains("Be short.", prompt);
        Assert.Contains("<tool_response>\n42\n</tool_response>", prompt);
    }

    [TestMethod]
    public async Task Post_Cut_IsIncomplete()
    {
        JsonObject answer = await (await ApiServer.DemoAsync()).PostAsync(
            Path,
            """
            {"input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Compute 17 + 25."}]}],
             "max_output_tokens": 2, "metadata": {"a": "b"}, "include": ["message.output_text.logprobs"], "top_logprobs": 2}
            """);
        Assert.AreEqual("incomplete", (string)answer["status"]!);
        Assert.AreEqual("max_output_tokens", (string)answer["incomplete_details"]!["reason"]!);
        Assert.AreEqual(2, (int)answer["usage"]!["output_tokens"]!);
        Assert.AreEqual("b", (string)answer["metadata"]!["a"]!);
        Assert.IsFalse((bool)answer["store"]!);
        Assert.HasCount(2, answer["output"]![0]!["content"]![0]!["logprobs"]!.AsArray());
    }

    [TestMethod]
    [DataRow("{}", "input")]
    [DataRow("{\"input\": []}", "input")]
    [DataRow("{\"input\": \"a\", \"previous_response_id\": \"resp_1\"}", "previous_response_id")]
    [DataRow("{\"input\": \"a\", \"conversation\": \"conv_1\"}", "conversation")]
    [DataRow("{\"input\": \"a\", \"background\": true}", "background")]
    [DataRow("{\"input\": \"a\", \"truncation\": \"auto\"}", "truncation")]
    [DataRow("{\"input\": \"a\", \"max_output_tokens\": 0}", "max_output_tokens")]
    [DataRow("{\"input\": [{\"type\": \"item_reference\", \"id\": \"x\"}]}", "input[0].type")]
    [DataRow("{\"input\": [{\"role\": 5}]}", "input[0].role")]
    [DataRow("{\"input\": [{\"role\": \"user\", \"content\": [{\"type\": \"input_image\"}]}]}", "input[0].content[0]")]
    public async Task Post_Unfit_IsNamed(string body, string param)
    {
        (int status, JsonObject error) = await (await ApiServer.DemoAsync()).RefusedAsync(Path, body);
        Assert.AreEqual(400, status, error.ToJsonString());
        Assert.AreEqual(param, (string?)error["param"], error.ToJsonString());
    }

    private static async Task<ResponsesClient> ClientAsync() => new OpenAIClient(
        new System.ClientModel.ApiKeyCredential("none"),
        new OpenAIClientOptions { Endpoint = new Uri((await ApiServer.DemoAsync()).Address, "v1") }).GetResponsesClient();
}
