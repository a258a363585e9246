namespace ALoRA.Onnx.Extensions.AI.Tests.Tools;

/// <summary>
/// Functions called end to end through the Abstractions' own middleware, in every format, with the templates of real models.
/// </summary>
[TestClass]
public sealed class FunctionInvocationTests
{
    private const string Hermes = "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 17, \"b\": 25}}\n</tool_call>";
    private const string HermesCallInPrompt = "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 17, \"b\": 25}}\n</tool_call>";

    [TestMethod]
    [DataRow(
        "ibm-granite-granite-3.3-2B-Instruct", "<|tool_call|>[{\"name\": \"add\", \"arguments\": {\"a\": 17, \"b\": 25}}]",
        "<|tool_call|>[{\"name\": \"add\", \"arguments\": {\"a\": 17, \"b\": 25}}]",
        "<|start_of_role|>tool<|end_of_role|>42<|end_of_text|>")]
    [DataRow("ibm-granite-granite-4.0", Hermes, HermesCallInPrompt, "<tool_response>\n42\n</tool_response>")]
    [DataRow("Qwen-Qwen2.5-7B-Instruct", Hermes, HermesCallInPrompt, "<tool_response>\n42\n</tool_response>")]
    [DataRow(
        "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", Hermes, "{\"name\": \"add\", \"arguments\": {\"a\": 17, \"b\": 25}}",
        "<tool_response>\n42")]
    [DataRow(
        "meta-llama-Llama-3.1-8B-Instruct", "{\"name\": \"add\", \"parameters\": {\"a\": 17, \"b\": 25}}",
        "{\"name\": \"add\", \"parameters\": {\"a\": 17, \"b\": 25}}", "<|start_header_id|>ipython<|end_header_id|>\n\n\"42\"")]
    [DataRow(
        "mistralai-Mistral-Nemo-Instruct-2407", "[TOOL_CALLS][{\"name\": \"add\", \"arguments\": {\"a\": 17, \"b\": 25}}]",
        "[TOOL_CALLS][{\"name\": \"add\", \"arguments\": {\"a\": 17, \"b\": 25}, \"id\": \"",
        "[TOOL_RESULTS]{\"content\": 42, \"call_id\": \"")]
    [DataRow(
        "Mistral-Small-3.2-24B-Instruct-2506", "[TOOL_CALLS]add[CALL_ID]abcdefghi[ARGS]{\"a\": 17, \"b\": 25}",
        "[TOOL_CALLS]add[CALL_ID]abcdefghi[ARGS]{\"a\": 17, \"b\": 25}", "[TOOL_RESULTS]abcdefghi[TOOL_CONTENT]42[/TOOL_RESULTS]")]
    [DataRow("family-hermes", Hermes, HermesCallInPrompt, "<tool_response>\n42\n</tool_response>")]
    [DataRow(
        "family-granite", "<|tool_call|>[{\"name\": \"add\", \"arguments\": {\"a\": 17, \"b\": 25}}]",
        "<|tool_call|>[{\"name\": \"add\", \"arguments\": {\"a\": 17, \"b\": 25}}]",
        "<|start_of_role|>tool<|end_of_role|>42<|end_of_text|>")]
    [DataRow(
        "family-llama", "{\"name\": \"add\", \"parameters\": {\"a\": 17, \"b\": 25}}",
        "{\"name\": \"add\", \"parameters\": {\"a\": 17, \"b\": 25}}", "<|start_header_id|>ipython<|end_header_id|>\n\n\"42\"")]
    [DataRow(
        "family-mistral", "[TOOL_CALLS][{\"name\": \"add\", \"arguments\": {\"a\": 17, \"b\": 25}}]",
        "[TOOL_CALLS][{\"name\": \"add\", \"arguments\": {\"a\": 17, \"b\": 25}, \"id\": \"",
        "[TOOL_RESULTS]{\"content\": 42, \"call_id\": \"")]
    public async Task UseFunctionInvocation_ModelCallsAFunction_GetsItsResultAndAnswers(
        string template, string call, string callInPrompt, string resultInPrompt)
    {
        foreach (bool streams in new[] { false, true })
        {
            using ToolModel model = await ToolModel.OpenAsync(template, call, "It is 42.");
            List<(long A, long B)> calls = [];
            ChatOptions options = new() { Tools = [Add(calls)] };
            using IChatClient client = model.Client.AsBuilder().UseFunctionInvocation().Build();
            ChatResponse response = streams
                ? (await client.GetStreamingResponseAsync("What is 17 + 25?", options).ToListAsync()).ToChatResponse()
                : await client.GetResponseAsync("What is 17 + 25?", options);

            CollectionAssert.AreEqual(new[] { (17L, 25L) }, calls);
            Assert.AreEqual("It is 42.", response.Text);
            Assert.AreEqual(ChatFinishReason.Stop, response.FinishReason);
            Assert.HasCount(3, response.Messages);
            Assert.HasCount(1, response.Messages[0].Contents);
            Assert.Contains("Adds two numbers.", model.Prompts[0]);
            Assert.Contains(callInPrompt, model.Prompts[1]);
            Assert.Contains(resultInPrompt, model.Prompts[1]);
            Assert.IsGreaterThan(0, response.Usage!.CachedInputTokenCount!.Value);
        }
    }

    [TestMethod]
    [DataRow("ibm-granite-granite-3.3-2B-Instruct")]
    [DataRow("ibm-granite-granite-4.0")]
    [DataRow("meta-llama-Llama-3.1-8B-Instruct")]
    [DataRow("mistralai-Mistral-Nemo-Instruct-2407")]
    [DataRow("Mistral-Small-3.2-24B-Instruct-2506")]
    [DataRow("family-hermes")]
    [DataRow("family-granite")]
    [DataRow("family-llama")]
    [DataRow("family-mistral")]
    public async Task UseFunctionInvocation_RequiredCall_IsMadeByTheModelItself(string template)
    {
        using ToolModel model = await ToolModel.OpenAsync(template);
        List<(long A, long B)> calls = [];
        AIFunction other = AIFunctionFactory.Create(() => "noon", "clock");
        using IChatClient client = model.Client.AsBuilder().UseFunctionInvocation().Build();
        foreach (ChatToolMode mode in new[] { ChatToolMode.RequireAny, ChatToolMode.RequireSpecific("add") })
        {
            calls.Clear();
            AITool[] tools = mode == ChatToolMode.RequireAny ? [Add(calls)] : [other, Add(calls)];
            ChatResponse response = await client.GetResponseAsync(
                "What is 17 + 25?",
                new ChatOptions { Tools = tools, ToolMode = mode, AllowMultipleToolCalls = false, MaxOutputTokens = 100 });
            Assert.HasCount(1, calls);
            FunctionCallContent call = (FunctionCallContent)response.Messages[0].Contents.Single();
            Assert.AreEqual("add", call.Name);
            Assert.AreEqual("", response.Messages[0].Text);
            Assert.AreEqual(
                $"{calls[0].A + calls[0].B}", ((FunctionResultContent)response.Messages[1].Contents.Single()).Result!.ToString());
        }

        ChatResponse any = await model.Client.GetResponseAsync(
            "Hi", new ChatOptions { Tools = [other, Add(calls)], ToolMode = ChatToolMode.RequireAny, MaxOutputTokens = 100 });
        Assert.IsTrue(any.Messages[0].Contents.OfType<FunctionCallContent>().Any(call => call.Name is "add" or "clock"));
        ArgumentException exception = await Assert.ThrowsAsync<ArgumentException>(
            () => model.Client.GetResponseAsync("Hi", new ChatOptions { Tools = [other], ToolMode = ChatToolMode.RequireSpecific("add") }));
        Assert.Contains("'add'", exception.Message);
    }

    [TestMethod]
    public async Task GetStreamingResponse_TextAndCalls_LeaksNoCallAsText()
    {
        using ToolModel model = await ToolModel.OpenAsync("family-hermes", $"Let me add.\n{Hermes}\n{Hermes}");
        List<ChatResponseUpdate> updates =
            await model.Client.GetStreamingResponseAsync("What is 17 + 25?", new ChatOptions { Tools = [Add([])] }).ToListAsync();
        Assert.AreEqual("Let me add.", string.Concat(updates));
        Assert.AreEqual(2, updates.SelectMany(update => update.Contents).OfType<FunctionCallContent>().Count());
        Assert.AreEqual(ChatFinishReason.ToolCalls, updates[^1].FinishReason);
    }

    [TestMethod]
    public async Task GetResponse_SingleCallWanted_EndsAfterTheFirst()
    {
        using ToolModel model = await ToolModel.OpenAsync("family-hermes", $"{Hermes}\n{Hermes}");
        ChatResponse response = await model.Client.GetResponseAsync(
            "What is 17 + 25?", new ChatOptions { Tools = [Add([])], AllowMultipleToolCalls = false });
        Assert.HasCount(1, response.Messages[0].Contents);
        Assert.AreEqual(ChatFinishReason.ToolCalls, response.FinishReason);
        Assert.IsLessThan(model.Client.Model.Tokenizer.Encode($"{Hermes}\n{Hermes}").Length, (int)response.Usage!.OutputTokenCount!.Value);
    }

    [TestMethod]
    public async Task GetResponse_CallCutOff_IsNotCarriedOut()
    {
        using ToolModel model = await ToolModel.OpenAsync("family-hermes", FinishReason.MaxNewTokens, Hermes[..40]);
        List<(long A, long B)> calls = [];
        using IChatClient client = model.Client.AsBuilder().UseFunctionInvocation().Build();
        ChatResponse response = await client.GetResponseAsync("What is 17 + 25?", new ChatOptions { Tools = [Add(calls)] });
        Assert.IsEmpty(calls);
        Assert.AreEqual(ChatFinishReason.Length, response.FinishReason);
        FunctionCallContent call = (FunctionCallContent)response.Messages[0].Contents.Single();
        Assert.IsTrue(call.InformationalOnly);
        Assert.AreEqual("", response.Text);
    }

    [TestMethod]
    public async Task GetResponse_ToolModeNone_OffersNoTools()
    {
        using ToolModel model = await ToolModel.OpenAsync("family-hermes", "<tool_call> is just a word here.");
        ChatResponse response = await model.Client.GetResponseAsync(
            "Hi", new ChatOptions { Tools = [Add([])], ToolMode = ChatToolMode.None });
        Assert.AreEqual("<tool_call> is just a word here.", response.Text);
        Assert.DoesNotContain("add", model.Prompts[0]);
    }

    [TestMethod]
    public async Task UseFunctionInvocation_StoredConversation_KeepsCallsAndResults()
    {
        using ToolModel model = await ToolModel.OpenAsync("family-hermes", Hermes, "It is 42.", "You are welcome.");
        using IChatClient client = model.Client.AsBuilder().UseFunctionInvocation().Build();
        ChatOptions options = new() { Tools = [Add([])], ConversationId = model.Client.StartConversation() };
        Assert.AreEqual("It is 42.", (await client.GetResponseAsync("What is 17 + 25?", options)).Text);
        await client.GetResponseAsync("Thanks.", options);
        Assert.Contains(
            "<tool_response>\n42\n</tool_response><|im_end|>\n<|im_start|>assistant\nIt is 42.<|im_end|>\n<|im_start|>user\nThanks.",
            model.Prompts[2]);
    }

    [TestMethod]
    public async Task GetResponse_ToolThatIsNoFunction_IsRefused()
    {
        using ToolModel model = await ToolModel.OpenAsync("family-hermes");
        NotSupportedException exception = await Assert.ThrowsExactlyAsync<NotSupportedException>(
            () => model.Client.GetResponseAsync("Hi", new ChatOptions { Tools = [new HostedWebSearchTool()] }));
        Assert.Contains(nameof(HostedWebSearchTool), exception.Message);
    }

    private static AIFunction Add(List<(long A, long B)> calls) => AIFunctionFactory.Create(
        (long a, long b) =>
        {
            calls.Add((a, b));
            return a + b;
        },
        "add",
        "Adds two numbers.");
}
