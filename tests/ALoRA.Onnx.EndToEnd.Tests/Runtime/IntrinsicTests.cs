using System.Text.Json.Nodes;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Intrinsics with definitions on the demo model, against the same steps by hand.</summary>
[TestClass]
public sealed class IntrinsicTests
{
    private const string Definition = "model: ~\nresponse_format: ~\ntransformations: ~\nparameters: {max_completion_tokens: 48}\n";

    private static readonly PromptMessage[] Messages =
    [
        new("user", "What is 7 + 5?"),
        new("assistant", "The answer is 12."),
        new("user", "And plus 3?"),
    ];

    [TestMethod]
    public async Task Invoke_AppendedInvocationOnItsCache_IsTheInvocationByHand()
    {
        using TemporaryFolder folder = new();
        using AloraModel model = await DemoModel.OpenOwnAsync();
        Intrinsic intrinsic = DemoAdapter.Open(model, folder, "query_rewrite", Definition);
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(Messages, new PromptOptions { AddGenerationPrompt = false });
        int[] tokens = [.. conversation.Tokens];
        IntrinsicResult byHand = await conversation.InvokeAsync(
            "query_rewrite", new InvocationOptions { Generation = new GenerationOptions { MaxNewTokens = 48 } });
        IntrinsicAnswer answer = await conversation.InvokeAsync(intrinsic, new IntrinsicRequest { Messages = Messages });
        Assert.AreEqual(InvocationPlacement.Appended, intrinsic.Placement);
        Assert.AreEqual(byHand.Text, answer.Run.Text);
        Assert.AreEqual(
            (tokens.Length, intrinsic.Adapter.InvocationTokens.Count), (answer.Run.Usage.ReusedTokens, answer.Run.Usage.ComputedTokens));
        Assert.AreEqual((string?)JsonNode.Parse(byHand.Text)!["rewritten_question"], QueryRewrite.From(answer).RewrittenQuestion);
        CollectionAssert.AreEqual(tokens, conversation.Tokens.ToArray());
    }

    [TestMethod]
    public async Task Invoke_ConversationThatGoesOnDifferently_ComputesTheRestAndLeavesItAlone()
    {
        using TemporaryFolder folder = new();
        using AloraModel model = await DemoModel.OpenOwnAsync();
        Intrinsic intrinsic = DemoAdapter.Open(model, folder, "query_rewrite", Definition + "sentence_boundaries: {last_message: r}\n");
        IntrinsicRequest request = new() { Messages = Messages, Documents = [new ChatDocument("Leo lives in Rome.", "1")] };
        using Conversation empty = model.CreateConversation();
        IntrinsicAnswer alone = await empty.InvokeAsync(intrinsic, request);
        Assert.AreEqual(0, empty.Length);

        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(
            [.. Messages, new("assistant", "It is 15."), new("user", "Thanks!")],
            new PromptOptions
            {
                TemplateVariables = new JsonObject
                {
                    ["documents"] = new JsonArray(new JsonObject { ["text"] = "Leo lives in Rome.", ["doc_id"] = "1" }),
                },
            });
        int[] tokens = [.. conversation.Tokens];
        GenerationResult before;
        using (Conversation twin = conversation.Fork())
        {
            before = await twin.GenerateToEndAsync(new GenerationOptions { MaxNewTokens = 12 });
        }

        IntrinsicAnswer answer = await conversation.InvokeAsync(intrinsic, request);
        Assert.AreEqual(alone.Run.Text, answer.Run.Text);
        Assert.IsGreaterThan(20, answer.Run.Usage.ReusedTokens);
        CollectionAssert.AreEqual(tokens, conversation.Tokens.ToArray());
        CollectionAssert.AreEqual(
            before.Tokens.ToArray(), (await conversation.GenerateToEndAsync(new GenerationOptions { MaxNewTokens = 12 })).Tokens.ToArray());
    }

    [TestMethod]
    public async Task Invoke_InvocationInTheInstruction_StartsAtItsLastOccurrence()
    {
        using TemporaryFolder folder = new();
        using AloraModel model = await DemoModel.OpenOwnAsync();
        Intrinsic intrinsic = DemoAdapter.Open(
            model, folder, "query_rewrite",
            "model: ~\nresponse_format: ~\ntransformations: ~\nparameters: {max_completion_tokens: 48}\ninstruction: 'Now: "
            + "<|start_of_role|>query_rewrite<|end_of_role|>'\n");
        Assert.AreEqual(InvocationPlacement.InPrompt, intrinsic.Placement);
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(
            [.. Messages, new("user", "Now: <|start_of_role|>query_rewrite<|end_of_role|>")],
            new PromptOptions { SpecialTokens = SpecialTokenHandling.Parse });
        IntrinsicResult byHand = await conversation.InvokeAsync(
            "query_rewrite",
            new InvocationOptions { Placement = InvocationPlacement.InPrompt, Generation = new GenerationOptions { MaxNewTokens = 48 } });
        Assert.AreNotEqual(0, byHand.Usage.ReusedTokens);
        IntrinsicFormatException exception = await Assert.ThrowsExactlyAsync<IntrinsicFormatException>(
            () => conversation.InvokeAsync(
                DemoAdapter.Open(model, folder, "answerability", Definition), new IntrinsicRequest { Messages = Messages }));
        Assert.Contains("not JSON", exception.Message);
        conversation.Rewind(0);
        IntrinsicAnswer answer = await conversation.InvokeAsync(intrinsic, new IntrinsicRequest { Messages = Messages });
        Assert.AreEqual((byHand.Text, byHand.ActivationPosition), (answer.Run.Text, answer.Run.ActivationPosition));
    }

    [TestMethod]
    public async Task Open_InstructionWhoseTextGivesOtherIds_IsRefused()
    {
        using TemporaryFolder folder = new();
        using AloraModel model = await DemoModel.OpenOwnAsync();
        int[] letters = [.. "number".Select(letter => model.Tokenizer.Encode(letter.ToString()).Single())];
        Assert.IsLessThan(letters.Length, model.Tokenizer.Encode("number").Length);
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(
            () => DemoAdapter.Open(
                model, folder, "query_rewrite", Definition + "instruction: number\n",
                manifest => manifest["invocation_tokens"] = new JsonArray([.. letters.Select(id => (JsonNode)id)])));
        Assert.Contains("'number'", exception.Message);
        Assert.Contains("trained on", exception.Message);
    }

    [TestMethod]
    public async Task Invoke_LikelihoodOverConstrainedDigits_IsTheCertaintyByHand()
    {
        const string Digits =
            """
            model: ~
            response_format: '{"type": "integer", "enum": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}'
            transformations:
            - type: likelihood
              categories_to_values: {0: 0.05, 1: 0.15, 2: 0.25, 3: 0.35, 4: 0.45, 5: 0.55, 6: 0.65, 7: 0.75, 8: 0.85, 9: 0.95}
              input_path: []
            - {type: nest, input_path: [], field_name: certainty}
            parameters: {max_completion_tokens: 2, temperature: 0.0}

            """;
        using TemporaryFolder folder = new();
        using AloraModel model = await DemoModel.OpenOwnAsync();
        Intrinsic intrinsic = DemoAdapter.Open(model, folder, "certainty", Digits);
        foreach ((string question, string answer) in new[]
            {
                ("What is 7 + 5?", "The answer is 12."), ("What day comes after Monday?", "Friday."),
            })
        {
            using Conversation conversation = model.CreateConversation();
            PromptMessage[] messages = [new("user", question), new("assistant", answer)];
            await conversation.PromptAsync(messages, new PromptOptions { AddGenerationPrompt = false });
            Certainty byHand = await conversation.InvokeCertaintyAsync();
            Certainty read = Certainty.From(await conversation.InvokeAsync(intrinsic, new IntrinsicRequest { Messages = messages }));
            Assert.AreEqual(byHand.Value, read.Value, 1e-6);
        }
    }

    [TestMethod]
    public async Task Known_AdaptersWithoutDefinition_GiveTypedResults()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = model.CreateConversation();
        IntrinsicRequest request = new() { Messages = Messages };
        await conversation.PromptAsync(Messages, new PromptOptions { AddGenerationPrompt = false });
        Assert.AreEqual(
            (await conversation.InvokeAsync("answerability")).Text == "answerable",
            (await conversation.CheckAnswerabilityAsync(request)).IsAnswerable);
        Assert.AreEqual(
            (await conversation.InvokeAsync("jailbreak")).Text == "Y", (await conversation.CheckJailbreakAsync(request)).IsFlagged);
        Assert.Contains(
            (await conversation.RewriteQueryAsync(request)).RewrittenQuestion, (await conversation.InvokeAsync("query_rewrite")).Text);
        Assert.AreSame(model.OpenIntrinsic("jailbreak"), model.OpenIntrinsic("jailbreak"));
    }

    [TestMethod]
    public async Task Open_SchemaThatCantBeEnforced_IsRefused()
    {
        using TemporaryFolder folder = new();
        using AloraModel model = await DemoModel.OpenOwnAsync();
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(
            () => DemoAdapter.Open(
                model, folder, "query_rewrite", "model: ~\nresponse_format: {type: integer, multipleOf: 30030}\ntransformations: ~\n"));
        Assert.Contains("multipleOf", exception.Message);
        Assert.Contains("io.yaml", exception.Message);
    }

    [TestMethod]
    public async Task Invoke_ParameterThatCantBeHonoured_IsRefused()
    {
        using TemporaryFolder folder = new();
        using AloraModel model = await DemoModel.OpenOwnAsync();
        Intrinsic intrinsic = DemoAdapter.Open(model, folder, "query_rewrite", Definition + "name: x\n");
        using Conversation conversation = model.CreateConversation();
        JsonObject request = new IntrinsicRequest { Messages = Messages }.ToJson();
        request["n"] = 2;
        Assert.Contains(
            "'n'", (await Assert.ThrowsExactlyAsync<IntrinsicFormatException>(() => conversation.InvokeAsync(intrinsic, request))).Message);
    }
}
