using System.ClientModel;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;
using AIChatMessage = Microsoft.Extensions.AI.ChatMessage;
using OpenAIFormat = OpenAI.Chat.ChatResponseFormat;

namespace ALoRA.Onnx.Server.Tests.Endpoints;

/// <summary>The server as OpenAI's own client for .NET and Microsoft.Extensions.AI see it.</summary>
[TestClass]
public sealed class RealClientTests
{
    private const string Question = "Compute 17 + 25.";
    private const string Call = "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 17, \"b\": 25}}\n</tool_call>";

    [TestMethod]
    public async Task Complete_Chat_GivesTextUsageAndReason()
    {
        ChatClient client = Client(await ApiServer.DemoAsync()).GetChatClient("alora-demo");
        ChatCompletion answer = await client.CompleteChatAsync([new UserChatMessage(Question)]);
        Assert.AreEqual("17 + 25 = 42.", answer.Content[0].Text);
        Assert.AreEqual(OpenAI.Chat.ChatFinishReason.Stop, answer.FinishReason);
        Assert.AreEqual("alora-demo", answer.Model);
        Assert.AreEqual(ChatMessageRole.Assistant, answer.Role);
        Assert.AreEqual(answer.Usage.TotalTokenCount, answer.Usage.InputTokenCount + answer.Usage.OutputTokenCount);
        UserChatMessage asked = new("Nora is 67 years old. Nora is a teacher. Nora likes the color black. How old is Nora?");
        await client.CompleteChatAsync([asked]);
        ChatCompletion again = await client.CompleteChatAsync([asked]);
        Assert.IsGreaterThan(0, again.Usage.InputTokenDetails.CachedTokenCount);
    }

    [TestMethod]
    public async Task CompleteStreaming_Chat_GivesTheSameText()
    {
        ChatClient client = Client(await ApiServer.DemoAsync()).GetChatClient("alora-demo");
        List<StreamingChatCompletionUpdate> updates = [];
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync([new UserChatMessage(Question)]))
        {
            updates.Add(update);
        }

        Assert.AreEqual(ChatMessageRole.Assistant, updates[0].Role);
        Assert.AreEqual("17 + 25 = 42.", string.Concat(updates.SelectMany(update => update.ContentUpdate).Select(part => part.Text)));
        Assert.AreEqual(OpenAI.Chat.ChatFinishReason.Stop, updates.Last(update => update.FinishReason is not null).FinishReason);
        Assert.IsGreaterThan(0, updates.Last(update => update.Usage is not null).Usage.OutputTokenCount);
    }

    [TestMethod]
    public async Task Complete_Logprobs_NameEveryToken()
    {
        ChatClient client = Client(await ApiServer.DemoAsync()).GetChatClient("alora-demo");
        ChatCompletionOptions options = new() { IncludeLogProbabilities = true, TopLogProbabilityCount = 3 };
        ChatCompletion answer = await client.CompleteChatAsync([new UserChatMessage(Question)], options);
        IReadOnlyList<ChatTokenLogProbabilityDetails> tokens = answer.ContentTokenLogProbabilities;
        Assert.AreEqual(answer.Content[0].Text, string.Concat(tokens.Select(token => token.Token)));
        Assert.IsTrue(tokens.All(token => token.TopLogProbabilities.Count == 3 && token.LogProbability <= 0));
        Assert.IsTrue(tokens.All(token => token.TopLogProbabilities[0].Token == token.Token));
        List<StreamingChatCompletionUpdate> updates = [];
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync([new UserChatMessage(Question)], options))
        {
            updates.Add(update);
        }

        Assert.AreEqual(tokens.Count, updates.Sum(update => update.ContentTokenLogProbabilities.Count));
    }

    [TestMethod]
    public async Task Complete_JsonSchema_IsKept()
    {
        ChatClient client = Client(await ApiServer.DemoAsync()).GetChatClient("alora-demo");
        BinaryData schema = BinaryData.FromString("""
            {
              "type": "object",
              "properties": {"sum": {"type": "integer"}, "unit": {"enum": ["none", "pieces"]}},
              "required": ["sum", "unit"],
              "additionalProperties": false
            }
            """);
        ChatCompletionOptions options = new()
        {
            ResponseFormat = OpenAIFormat.CreateJsonSchemaFormat("sum", schema, jsonSchemaIsStrict: true),
            MaxOutputTokenCount = 200,
            Temperature = 0.7f,
        };
        ChatCompletion answer = await client.CompleteChatAsync([new UserChatMessage(Question)], options);
        using JsonDocument json = JsonDocument.Parse(answer.Content[0].Text);
        Assert.AreEqual(JsonValueKind.Number, json.RootElement.GetProperty("sum").ValueKind);
        Assert.Contains(json.RootElement.GetProperty("unit").GetString(), ["none", "pieces"]);
    }

    [TestMethod]
    public async Task Complete_Errors_AreTheClientsExceptions()
    {
        OpenAIClient client = Client(await ApiServer.DemoAsync());
        ClientResultException unknown = await Assert.ThrowsAsync<ClientResultException>(
            () => client.GetChatClient("gpt-5").CompleteChatAsync([new UserChatMessage(Question)]));
        Assert.AreEqual(404, unknown.Status);
        Assert.Contains("gpt-5", unknown.Message);
        ClientResultException range = await Assert.ThrowsAsync<ClientResultException>(
            () => client.GetChatClient("alora-demo").CompleteChatAsync(
                [new UserChatMessage(Question)], new ChatCompletionOptions { TopP = 1.5f }));
        Assert.AreEqual(400, range.Status);
        Assert.Contains("top_p", range.Message);
        ClientResultException tooLong = await Assert.ThrowsAsync<ClientResultException>(
            () => client.GetChatClient("alora-demo").CompleteChatAsync(
                [new UserChatMessage(string.Join(' ', Enumerable.Range(0, 20_000)))]));
        Assert.AreEqual(400, tooLong.Status);
        Assert.Contains("context_length_exceeded", tooLong.Message);
        ClientResultException embeddings = await Assert.ThrowsAsync<ClientResultException>(
            () => client.GetEmbeddingClient("alora-demo").GenerateEmbeddingAsync("x"));
        Assert.AreEqual(501, embeddings.Status);
    }

    [TestMethod]
    public async Task GetModels_BaseAndAdapters_AreListed()
    {
        OpenAIModelClient client = Client(await ApiServer.DemoAsync()).GetOpenAIModelClient();
        OpenAIModelCollection models = await client.GetModelsAsync();
        CollectionAssert.AreEqual((string[])["alora-demo", .. DemoModel.AdapterNames], models.Select(model => model.Id).ToArray());
        OpenAIModel one = await client.GetModelAsync("certainty");
        Assert.AreEqual("certainty", one.Id);
        Assert.AreEqual("alora", one.OwnedBy);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public async Task UseFunctionInvocation_ToolsRoundTrip_CallsAndAnswers(bool streams)
    {
        await using ToolServer server = await ToolServer.StartAsync("family-hermes", new WrittenSource(Call, "It is 42."));
        using IChatClient client = Client(server.Api).GetChatClient("alora-demo").AsIChatClient()
            .AsBuilder().UseFunctionInvocation().Build();
        List<(long A, long B)> calls = [];
        ChatOptions options = new() { Tools = [AIFunctionFactory.Create(Add, "add", "Adds two numbers.")] };
        ChatResponse response = streams
            ? await client.GetStreamingResponseAsync(Question, options).ToChatResponseAsync()
            : await client.GetResponseAsync(Question, options);

        CollectionAssert.AreEqual(new[] { (17L, 25L) }, calls);
        Assert.AreEqual("It is 42.", response.Text);
        (Serving.EngineRequest Request, string Prompt)[] asked = [.. server.Source.Asked];
        Assert.Contains("Adds two numbers.", asked[0].Prompt);
        Assert.Contains("{\"name\": \"add\", \"arguments\": {\"a\": 17, \"b\": 25}}", asked[1].Prompt);
        Assert.Contains("<tool_response>\n42\n</tool_response>", asked[1].Prompt);

        long Add(long a, long b)
        {
            calls.Add((a, b));
            return a + b;
        }
    }

    [TestMethod]
    public async Task GetResponse_TypedAnswer_IsRead()
    {
        using IChatClient client = Client(await ApiServer.DemoAsync()).GetChatClient("alora-demo").AsIChatClient();
        ChatResponse<Sum> response = await client.GetResponseAsync<Sum>(
            [new AIChatMessage(ChatRole.User, Question)], options: new ChatOptions { MaxOutputTokens = 200 });
        Assert.IsTrue(response.TryGetResult(out _), response.Text);
    }

    private static OpenAIClient Client(ApiServer server) => new(
        new ApiKeyCredential("none"),
        new OpenAIClientOptions
        {
            Endpoint = new Uri(server.Address, "v1"),
            RetryPolicy = new System.ClientModel.Primitives.ClientRetryPolicy(0),
        });

    private sealed record Sum(bool IsKnown, DayOfWeek Day);
}
