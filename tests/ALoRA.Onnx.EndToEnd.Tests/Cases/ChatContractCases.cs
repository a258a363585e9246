using ALoRA.Onnx.EndToEnd.Tests.Runtime;
using ALoRA.Onnx.Extensions.AI;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.EndToEnd.Tests.Cases;

/// <summary>
/// What the chat client owes to whoever speaks Microsoft.Extensions.AI: the shared cases 24 to 27, and what is of their kind.
/// </summary>
[TestClass]
public sealed class ChatContractCases
{
    private static readonly AIFunction Weather = AIFunctionFactory.Create((string? city) => "x", "weather");
    private static readonly AIFunction Now = AIFunctionFactory.Create(() => "x", "now");

    [TestMethod(DisplayName = "24-own-updates-as-history")]
    public async Task OwnUpdatesAsHistory()
    {
        using AloraChatClient client = await ClientAsync();
        ChatOptions options = new() { MaxOutputTokens = 16, Temperature = 0 };
        List<ChatMessage> history = [new(ChatRole.User, "What is 12 + 30?")];
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync([.. history], options))
        {
            history.AddMessages(update);
        }

        history.Add(new(ChatRole.User, "What is 1 + 1?"));
        Assert.IsTrue(history.SelectMany(message => message.Contents).Any(content => content is UsageContent));
        await client.GetResponseAsync(history, options);
        ChatMessage[] without = [.. history.Where(message => !message.Contents.Any(content => content is UsageContent))];
        Assert.AreEqual(await PromptAsync(client, without), await PromptAsync(client, history));
    }

    [TestMethod(DisplayName = "25-result-is-text-content")]
    public async Task ResultIsTextContent()
    {
        using AloraChatClient client = await ClientAsync(ToolCallFormat.Granite);
        Task<string> Prompt(object result) => PromptAsync(
            client,
            [
                new(ChatRole.User, "Weather?"),
                new(ChatRole.Assistant,
                    [new FunctionCallContent("call00001", "weather", new Dictionary<string, object?> { ["city"] = "Cairo" })]),
                new(ChatRole.Tool, [new FunctionResultContent("call00001", result)]),
            ]);

        string expected = await Prompt("31 degrees");
        Assert.AreEqual(expected, await Prompt(new TextContent("31 degrees")));
        Assert.AreEqual(expected, await Prompt(new AIContent[] { new TextContent("31 "), new TextContent("degrees") }));
        Assert.AreEqual(expected, await Prompt(new List<object> { new TextContent("31 degrees") }));
        NotSupportedException exception = await Assert.ThrowsExactlyAsync<NotSupportedException>(
            () => Prompt(new AIContent[] { new TextContent("31"), new DataContent(new byte[] { 1, 2, 3 }, "image/png") }));
        Assert.Contains(nameof(DataContent), exception.Message);
    }

    [TestMethod(DisplayName = "26-second-call-cut")]
    public async Task SecondCallCut()
    {
        string text = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Cairo\"}}\n</tool_call>\n"
            + $"<tool_call>\n{{\"name\": \"weather\", \"arguments\": {{\"city\": "
            + $"\"Oslo{string.Concat(Enumerable.Repeat(" and then Bergen", 20))}\"}}}}\n"
            + "</tool_call>";
        ChatResponse response = await AnswerAsync(text, text[..(text.IndexOf("Bergen") + 6)]);
        FunctionCallContent[] calls = [.. response.Messages[0].Contents.OfType<FunctionCallContent>()];
        Assert.HasCount(2, calls);
        Assert.IsFalse(calls[0].InformationalOnly);
        Assert.IsTrue(calls[1].InformationalOnly);
        Assert.AreEqual(ChatFinishReason.Length, response.FinishReason);
    }

    [TestMethod(DisplayName = "26-second-call-cut, in text behind the call")]
    public async Task TextBehindCallCut()
    {
        const string Text = "<tool_call>\n{\"name\": \"now\"}\n</tool_call>\nand then this and then that and then this and then that";
        ChatResponse response = await AnswerAsync(Text, Text[..^20]);
        Assert.AreEqual(1, response.Messages[0].Contents.OfType<FunctionCallContent>().Count(call => !call.InformationalOnly));
        Assert.AreEqual(ChatFinishReason.Length, response.FinishReason);
    }

    [TestMethod(DisplayName = "27-empty-id-no-arguments")]
    [DataRow("<tool_call>\n{\"id\": \"\", \"name\": \"now\"}\n</tool_call>", 1)]
    [DataRow("<tool_call>\n{\"id\": null, \"name\": \"now\", \"arguments\": {}}\n{\"id\": \" \", \"name\": \"now\"}\n</tool_call>", 2)]
    [DataRow("<tool_call>\n{\"id\": \"1\", \"name\": \"now\"}\n{\"id\": \"1\", \"name\": \"now\"}\n</tool_call>", 2)]
    public async Task EmptyIdNoArguments(string text, int count)
    {
        ChatResponse response = await AnswerAsync(text, text);
        string[] ids = [.. response.Messages[0].Contents.OfType<FunctionCallContent>().Select(call => call.CallId)];
        Assert.HasCount(count, ids);
        Assert.IsTrue(ids.All(id => !string.IsNullOrWhiteSpace(id)));
        Assert.AreEqual(count, ids.Distinct().Count());
    }

    private static async Task<AloraChatClient> ClientAsync(ToolCallFormat format = ToolCallFormat.Auto) =>
        new(await DemoModel.OpenAsync(), new AloraChatClientOptions { LeaveOpen = true, ToolCallFormat = format });

    private static Task<string> PromptAsync(AloraChatClient client, IEnumerable<ChatMessage> messages) => client.UseConversationAsync(
        messages, (chat, _) => Task.FromResult(client.Model.Tokenizer.Decode([.. chat.Conversation.Tokens])));

    /// <summary>Has the model write a text, and ends it where a part of it would end.</summary>
    private static async Task<ChatResponse> AnswerAsync(string text, string part)
    {
        using AloraChatClient client = await ClientAsync(ToolCallFormat.Hermes);
        return await client.GetResponseAsync("Weather in Cairo and Oslo?", new ChatOptions
        {
            Temperature = 0,
            MaxOutputTokens = part == text ? 200 : client.Model.Tokenizer.Encode(part).Length,
            Tools = [Weather, Now],
            RawRepresentationFactory = _ => new GenerationOptions { Constraint = TokenConstraint.FromChoices([text]) },
        });
    }
}
