using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Extensions.AI.Requests;

namespace ALoRA.Onnx.Extensions.AI.Tests.Requests;

/// <summary>Options of requests: each one honoured or refused.</summary>
[TestClass]
public sealed class OptionTests
{
    private static readonly AIFunction Clock = AIFunctionFactory.Create(() => "noon", "clock", "Tells the time.");

    [TestMethod]
    public async Task GetResponse_OptionThatCannotBeHonoured_IsRefusedWithItsName()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        (string Name, ChatOptions Options)[] refused =
        [
            ("Reasoning", new() { Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High } }),
            ("Reasoning", new() { Reasoning = new ReasoningOptions { Output = ReasoningOutput.Full } }),
            ("tool", new() { Tools = [Clock] }),
            ("ResponseFormat", new() { ResponseFormat = ChatResponseFormat.Json, Tools = [Clock] }),
            ("RawRepresentationFactory", new() { RawRepresentationFactory = _ => "text" }),
            ("'surprise'", new() { AdditionalProperties = new() { ["surprise"] = 1 } }),
            ("'alora.min_q'", new() { AdditionalProperties = new() { ["alora.min_q"] = 1 } }),
        ];
        foreach ((string name, ChatOptions options) in refused)
        {
            NotSupportedException exception =
                await Assert.ThrowsExactlyAsync<NotSupportedException>(() => client.GetResponseAsync(Demo.Question, options), name);
            Assert.Contains(name, exception.Message);
            await Assert.ThrowsExactlyAsync<NotSupportedException>(
                () => client.GetStreamingResponseAsync(Demo.Question, options).ToListAsync(), name);
        }
    }

    [TestMethod]
    public async Task GetResponse_WrongValue_IsRefusedWithItsName()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        (string Name, ChatOptions Options)[] wrong =
        [
            ("Temperature", new() { Temperature = -1 }),
            ("TopP", new() { TopP = 1.5f }),
            ("TopK", new() { TopK = -1 }),
            ("FrequencyPenalty", new() { FrequencyPenalty = 2.5f }),
            ("PresencePenalty", new() { PresencePenalty = -2.5f }),
            ("alora.top_p", new() { TopP = 0.5f, AdditionalProperties = new() { ["alora.top_p"] = 0.5 } }),
            ("NoRepeatNgramSize", new() { AdditionalProperties = new() { [AloraChatKeys.NoRepeatNgramSize] = 1.5 } }),
            ("MaxNewTokens", new() { MaxOutputTokens = 0 }),
            ("MinP", new() { AdditionalProperties = new() { [AloraChatKeys.MinP] = 2 } }),
            ("RepetitionPenalty", new() { AdditionalProperties = new() { [AloraChatKeys.RepetitionPenalty] = 0.0 } }),
            (AloraChatKeys.RepetitionPenalty, new() { AdditionalProperties = new() { [AloraChatKeys.RepetitionPenalty] = "much" } }),
            (AloraChatKeys.Documents, new() { AdditionalProperties = new() { [AloraChatKeys.Documents] = "a text" } }),
            ("messages",
                new() { AdditionalProperties = new() { [AloraChatKeys.TemplateVariables] = new JsonObject { ["messages"] = null } } }),
            ("stop string", new() { StopSequences = [""] }),
            ("gpt-5", new() { ModelId = "gpt-5" }),
            ("requires a call", new() { ToolMode = ChatToolMode.RequireAny }),
            ("multipleOf",
                new()
                {
                    ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse("""{"type": "integer", "multipleOf": 30030}""")),
                }),
            ("nothing", new() { ConversationId = "nothing" }),
            ("nobody", new() { AdditionalProperties = new() { [AloraChatKeys.Adapter] = "nobody" } }),
        ];
        foreach ((string name, ChatOptions options) in wrong)
        {
            ArgumentException exception = await Assert.ThrowsAsync<ArgumentException>(
                () => client.GetResponseAsync(Demo.Question, options), name);
            Assert.Contains(name, exception.Message);
        }

        await Assert.ThrowsAsync<ArgumentException>(() => client.GetResponseAsync([]));
        await Assert.ThrowsAsync<ArgumentNullException>(() => client.GetResponseAsync((IEnumerable<ChatMessage>)null!));
        Assert.AreEqual(Demo.Answer, (await client.GetResponseAsync(Demo.Question)).Text);
    }

    [TestMethod]
    public async Task GetResponse_OptionsWithoutEffect_AreAccepted()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        ChatOptions options = new()
        {
            FrequencyPenalty = 0,
            PresencePenalty = 0,
            ResponseFormat = ChatResponseFormat.Text,
            ToolMode = ChatToolMode.None,
            Tools = [Clock],
            ModelId = client.Model.Manifest.Name,
            Reasoning = new ReasoningOptions(),
            AdditionalProperties = [],
        };
        Assert.AreEqual(Demo.Answer, (await client.GetResponseAsync(Demo.Question, options)).Text);
    }

    [TestMethod]
    public async Task GetResponse_MaxOutputTokens_EndsWithLength()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        ChatResponse response = await client.GetResponseAsync(Demo.Question, new ChatOptions { MaxOutputTokens = 3 });
        Assert.AreEqual(ChatFinishReason.Length, response.FinishReason);
        Assert.AreEqual(3, response.Usage!.OutputTokenCount);
        Assert.StartsWith(response.Text, Demo.Answer);
    }

    [TestMethod]
    public async Task GetResponse_StopSequences_CutTheText()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        ChatResponse response = await client.GetResponseAsync(Demo.Question, new ChatOptions { StopSequences = ["= 4", "never"] });
        Assert.AreEqual("17 + 25 ", response.Text);
        Assert.AreEqual(ChatFinishReason.Stop, response.FinishReason);
    }

    [TestMethod]
    public async Task GetResponse_SeededSampling_IsRepeatable()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        async Task<string> Sample(long seed) => (await client.GetResponseAsync(
            Demo.Question,
            new ChatOptions
            {
                Temperature = 2,
                TopK = 100,
                TopP = 0.99f,
                Seed = seed,
                MaxOutputTokens = 20,
                AdditionalProperties = new() { [AloraChatKeys.MinP] = 0.001, [AloraChatKeys.RepetitionPenalty] = 1.1f },
                RawRepresentationFactory = _ => new GenerationOptions { IgnoreEndOfText = true, Temperature = 0 },
            })).Text;
        string first = await Sample(5);
        Assert.AreEqual(first, await Sample(5));
        Assert.AreNotEqual(first, await Sample(6));
    }

    [TestMethod]
    public async Task GetResponse_PresenceAndFrequencyPenalty_AreHonoured()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        async Task<string> Answer(float? presence, float? frequency) => (await client.GetResponseAsync(
            Demo.Question,
            new ChatOptions
            {
                PresencePenalty = presence,
                FrequencyPenalty = frequency,
                MaxOutputTokens = 40,
                RawRepresentationFactory = _ => new GenerationOptions { IgnoreEndOfText = true },
            })).Text;
        string plain = await Answer(null, null);
        Assert.AreEqual(plain, await Answer(0, 0));
        Assert.AreNotEqual(plain, await Answer(2, null));
        Assert.AreNotEqual(plain, await Answer(null, 2));
    }

    [TestMethod]
    [DynamicData(nameof(Parameters))]
    public async Task Read_ParameterByKeyOrProperty_IsSet(GenerationParameter parameter)
    {
        using AloraChatClient client = await Demo.ClientAsync();
        double value = parameter.IsInteger ? 7 : 0.5;
        ChatOptions byKey = new() { AdditionalProperties = new() { [$"alora.{parameter.Name}"] = value } };
        Assert.AreEqual(parameter.Set(new GenerationOptions(), value), Read(byKey));

        ChatOptions byProperty = new();
        string property = parameter.Name.Replace("_", "");
        bool IsCommon(PropertyInfo one) => one.Name.Equals(property, StringComparison.OrdinalIgnoreCase);
        if (Array.Find(typeof(ChatOptions).GetProperties(), IsCommon) is { } common)
        {
            common.SetValue(byProperty, parameter.IsInteger ? (int)value : (object)(float)value);
            Assert.AreEqual(parameter.Set(new GenerationOptions(), value), Read(byProperty));
        }

        GenerationOptions Read(ChatOptions options) =>
            GenerationSettings.Read(client, options, AdditionalOptions.Read(options.AdditionalProperties, null), null);
    }

    public static IEnumerable<GenerationParameter> Parameters => GenerationParameters.All;

    [TestMethod]
    public async Task GetResponse_RawRepresentation_IsTheStart()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        int[] four = client.Model.Tokenizer.Encode("4");
        ChatResponse response = await client.GetResponseAsync(
            Demo.Question,
            new ChatOptions { RawRepresentationFactory = asked => asked == client ? new GenerationOptions { StopTokens = four } : null });
        Assert.AreEqual("17 + 25 = 4", response.Text);
    }

    [TestMethod]
    public async Task GetResponse_Instructions_StartTheSystemMessage()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        ChatOptions options = new() { Instructions = "Be brief." };
        Assert.StartsWith(
            "<|start_of_role|>system<|end_of_role|>Be brief.<|end_of_text|>\n<|start_of_role|>user",
            await client.PromptAsync([new(ChatRole.User, "Hi")], options));
        Assert.StartsWith(
            "<|start_of_role|>system<|end_of_role|>Be brief.\n\nBe kind.<|end_of_text|>\n<|start_of_role|>user",
            await client.PromptAsync([new(ChatRole.System, "Be kind."), new(ChatRole.User, "Hi")], options));
    }

    [TestMethod]
    public async Task GetResponse_Documents_AreAnsweredFrom()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        ChatOptions options = new ChatOptions()
            .AddDocuments(new ChatDocument("Nora is 67 years old."))
            .AddDocuments(new ChatDocument("Adam is a cook.", "7", "About Adam"));
        Assert.AreEqual("Nora is 67 years old.", (await client.GetResponseAsync("How old is Nora?", options)).Text);
        string prompt = await client.PromptAsync([new(ChatRole.User, "How old is Nora?")], options);
        Assert.StartsWith(
            "<|start_of_role|>document {\"document_id\": \"1\"}<|end_of_role|>Nora is 67 years old.<|end_of_text|>\n"
            + "<|start_of_role|>document {\"document_id\": \"7\"}<|end_of_role|>Adam",
            prompt);
    }

    [TestMethod]
    public async Task GetResponse_Adapter_AnswersUnderItAndLetsItBeUnloaded()
    {
        using AloraChatClient client = new(await DemoModel.OpenOwnAsync());
        ChatOptions options = new() { AdditionalProperties = new() { [AloraChatKeys.Adapter] = "jailbreak-lora" } };
        ChatResponse first = await client.GetResponseAsync(Demo.Question, options);
        ChatResponse second = await client.GetResponseAsync(Demo.Question, options);
        ChatResponse other = await client.GetResponseAsync(Demo.Question);
        Assert.AreEqual(first.Text, second.Text);
        Assert.AreEqual(Demo.Answer, other.Text);
        Assert.AreEqual(first.Usage!.InputTokenCount - 1, second.Usage!.CachedInputTokenCount);
        Assert.AreEqual(0, other.Usage!.CachedInputTokenCount);
        Assert.AreEqual(0, client.IdleConversations);
        client.Model.Adapters.Unload("jailbreak-lora");
        await Assert.ThrowsExactlyAsync<MissingInvocationException>(
            () => client.GetResponseAsync(
                Demo.Question, new ChatOptions { AdditionalProperties = new() { [AloraChatKeys.Adapter] = "certainty" } }));
    }

    [TestMethod]
    public async Task GetResponse_ContentThatIsNotText_IsRefused()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        AIContent[] contents =
        [
            new DataContent(new byte[] { 1 }, "image/png"), new UriContent("http://localhost/x.png", "image/png"),
            new TextReasoningContent("hm"),
        ];
        foreach (AIContent content in contents)
        {
            NotSupportedException exception = await Assert.ThrowsExactlyAsync<NotSupportedException>(
                () => client.GetResponseAsync([new ChatMessage(ChatRole.User, [content])]));
            Assert.Contains(content.GetType().Name, exception.Message);
        }

        await Assert.ThrowsExactlyAsync<NotSupportedException>(
            () => client.GetResponseAsync([new(ChatRole.User, "Hi"), new(ChatRole.Assistant, [new FunctionCallContent("1", "clock")])]));
        ChatMessage question = new(ChatRole.User, [new TextContent("Compute 17"), new TextContent(" + 25.")]);
        Assert.AreEqual(Demo.Answer, (await client.GetResponseAsync([question])).Text);
    }

    [TestMethod]
    public async Task GetResponse_PromptLongerThanTheContext_IsRefused()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { MaxContextLength = 32 });
        using AloraChatClient client = new(model, new AloraChatClientOptions { LeaveOpen = true });
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetResponseAsync(new string('x', 100)));
        Assert.AreEqual(ChatFinishReason.Stop, (await client.GetResponseAsync("Compute 1 + 2.")).FinishReason);
    }

    [TestMethod]
    public void Options_OutOfRange_AreRefused()
    {
        AloraChatClientOptions[] wrong =
        [
            new() { MaxConcurrentRequests = 0 },
            new() { MaxIdleConversations = -1 },
            new() { MaxIdleCacheBytes = -1 },
            new() { MaxStoredConversations = 0 },
            new() { ToolCallFormat = (ToolCallFormat)99 },
        ];
        foreach (AloraChatClientOptions options in wrong)
        {
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(options.Check);
        }
    }
}
