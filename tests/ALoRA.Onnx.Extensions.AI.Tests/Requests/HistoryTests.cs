using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Extensions.AI.Requests;
using ALoRA.Onnx.Extensions.AI.Tests.Tools;
using ALoRA.Onnx.Extensions.AI.Tools;

namespace ALoRA.Onnx.Extensions.AI.Tests.Requests;

/// <summary>What becomes of each kind of content in a history.</summary>
[TestClass]
public sealed class HistoryTests
{
    [TestMethod]
    public void Write_UsageAndErrors_ArePassedOver()
    {
        JsonArray messages = Write(
            "",
            new(ChatRole.User, [new TextContent("Hi"), new ErrorContent("too late"), new UsageContent(new UsageDetails())]),
            new(ChatRole.Assistant, [new UsageContent(new UsageDetails())]),
            new(ChatRole.System, [new ErrorContent("lost")]),
            new(ChatRole.Assistant, []));
        Assert.AreEqual(
            """[{"role":"user","content":"Hi"},{"role":"assistant","content":""}]""", messages.ToJsonString());
    }

    [TestMethod]
    [DataRow("no reasoning", """[{"role":"assistant","content":"Yes."}]""")]
    [DataRow("message.reasoning_content", """[{"role":"assistant","content":"Yes.","reasoning_content":"Hm, so."}]""")]
    [DataRow("message.thinking", """[{"role":"assistant","content":"Yes.","thinking":"Hm, so."}]""")]
    [DataRow(
        "block['thinking']",
        """[{"role":"assistant","content":[{"type":"thinking","thinking":"Hm, so."},{"type":"text","text":"Yes."}]}]""")]
    public void Write_Reasoning_GoesWhereTheTemplateReadsIt(string template, string expected) => Assert.AreEqual(
        expected,
        Write(template, new ChatMessage(
            ChatRole.Assistant,
            [new TextReasoningContent("Hm, "), new TextReasoningContent("so."), new TextContent("Yes.")])).ToJsonString());

    [TestMethod]
    public void Write_OtherContent_IsRefusedWithItsName()
    {
        (ChatRole Role, AIContent Content)[] refused =
        [
            (ChatRole.User, new TextReasoningContent("hm")), (ChatRole.Tool, new DataContent(new byte[] { 1 }, "image/png")),
            (ChatRole.Assistant, new UriContent("http://localhost/x.png", "image/png")), (ChatRole.User, new HostedFileContent("1")),
            (ChatRole.User, new OtherContent()),
        ];
        foreach ((ChatRole role, AIContent content) in refused)
        {
            NotSupportedException exception = Assert.ThrowsExactly<NotSupportedException>(
                () => Write("", new ChatMessage(role, [content])));
            Assert.Contains(content.GetType().Name, exception.Message);
        }
    }

    [TestMethod]
    public void OpenAtEnd_Prompts_GivesTheMarksThatAreOpen()
    {
        ReasoningTemplate template = new("{{ '<think>' }} [THINK]");
        Assert.AreEqual(ReasoningMarks.Think, template.OpenAtEnd("<|im_start|>assistant\n<think>\n"));
        Assert.AreEqual(ReasoningMarks.MistralThink, template.OpenAtEnd("[THINK]"));
        Assert.IsNull(template.OpenAtEnd("<|im_start|>assistant\n<think>\n\n</think>\n\n"));
        Assert.IsNull(new ReasoningTemplate("plain").OpenAtEnd("<think>"));
        Assert.IsEmpty(new ReasoningTemplate("plain").Marks);
        Assert.HasCount(2, new ReasoningTemplate("plain").MarksBesideCalls);
    }

    [TestMethod]
    public void Of_ResultsOfAllKinds_ReadAsTheirText()
    {
        (object? Result, string Expected)[] results =
        [
            ("plain", "plain"), (null, "null"), (42, "42"), (new[] { 1, 2 }, "[1, 2]"),
            (new TextContent("a"), "a"), (new List<AIContent> { new TextContent("a"), new TextContent("b") }, "ab"),
            (new object[] { new TextContent("a"), new UsageContent(new UsageDetails()), new ErrorContent("bad") }, "aError: bad"),
            (Array.Empty<AIContent>(), ""),
            (JsonSerializer.SerializeToElement<AIContent>(new TextContent("a"), AIJsonUtilities.DefaultOptions), "a"),
            (JsonElement.Parse("""[{"$type": "text", "text": "a"}, {"$type": "text", "text": "b"}]"""), "ab"),
            (JsonElement.Parse("""{"$type": "circle", "r": 1}"""), "{\"$type\": \"circle\", \"r\": 1}"),
            (JsonElement.Parse("""{"text": "a"}"""), "{\"text\": \"a\"}"),
        ];
        foreach ((object? result, string expected) in results)
        {
            Assert.AreEqual(expected, ToolResultText.Of(new FunctionResultContent("1", result)));
        }

        Assert.AreEqual(
            "Error: lost", ToolResultText.Of(new FunctionResultContent("1", null) { Exception = new InvalidOperationException("lost") }));
        object[] refused =
        [
            new DataContent(new byte[] { 1, 2, 3 }, "image/png"), new AIContent[] { new UriContent("http://localhost/x", "image/png") },
            JsonSerializer.SerializeToElement<AIContent>(new DataContent(new byte[] { 1 }, "image/png"), AIJsonUtilities.DefaultOptions),
        ];
        foreach (object result in refused)
        {
            Assert.Contains(
                "Content",
                Assert.ThrowsExactly<NotSupportedException>(() => ToolResultText.Of(new FunctionResultContent("1", result))).Message);
        }
    }

    [TestMethod]
    public void Create_IntrinsicOfAHistory_PassesOverWhatIsNoText()
    {
        IntrinsicRequest request = IntrinsicRequests.Create(
            [
                new(ChatRole.User, "Hi"),
                new(ChatRole.Assistant, [new TextReasoningContent("Hm."), new TextContent("Yes."), new UsageContent(new UsageDetails())]),
                new(ChatRole.Assistant, [new UsageContent(new UsageDetails())]),
            ],
            null, null);
        Assert.AreEqual("Hi|Yes.", string.Join('|', request.Messages.Select(message => message.Content)));
    }

    [TestMethod]
    public async Task GetResponse_ThinkingWithACall_IsReasoningAndSentBack()
    {
        const string Call = "<tool_call>{\"name\": \"clock\"}</tool_call>";
        using ToolModel model = await ToolModel.OpenAsync("family-hermes", $"<think>\n{Call}?\n</think>\n\nNo.", "Fine.");
        ChatOptions options = new() { Tools = [AIFunctionFactory.Create(() => "noon", "clock")] };
        ChatResponse response = await model.Client.GetResponseAsync("What time is it?", options);
        Assert.AreEqual("No.", response.Text);
        Assert.AreEqual($"{Call}?", response.Messages[0].Contents.OfType<TextReasoningContent>().Single().Text);
        Assert.HasCount(2, response.Messages[0].Contents);
        Assert.AreEqual(ChatFinishReason.Stop, response.FinishReason);
        ChatMessage[] history = [new(ChatRole.User, "What time is it?"), .. response.Messages, new(ChatRole.User, "Well.")];
        Assert.AreEqual("Fine.", (await model.Client.GetResponseAsync(history, options)).Text);
    }

    [TestMethod]
    public async Task GetResponse_CallWithoutName_IsAnErrorAndSentBack()
    {
        using ToolModel model = await ToolModel.OpenAsync("family-hermes", "<tool_call>{\"arguments\": {}}</tool_call>", "Fine.");
        ChatOptions options = new() { Tools = [AIFunctionFactory.Create(() => "noon", "clock")] };
        ChatResponse response = await model.Client.GetResponseAsync("What time is it?", options);
        Assert.Contains("{\"arguments\": {}}", ((ErrorContent)response.Messages[0].Contents.Single()).Message);
        ChatMessage[] history = [new(ChatRole.User, "What time is it?"), .. response.Messages, new(ChatRole.User, "Well.")];
        Assert.AreEqual("Fine.", (await model.Client.GetResponseAsync(history, options)).Text);
    }

    private static JsonArray Write(string template, params ChatMessage[] messages) =>
        new TemplateMessages(ToolCallFormat.None, templateWritesCalls: false, new ReasoningTemplate(template)).Write(messages, null);

    private sealed class OtherContent : AIContent;
}
