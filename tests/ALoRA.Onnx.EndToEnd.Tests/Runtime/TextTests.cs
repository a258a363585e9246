using System.Text.Json.Nodes;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Messages in, text out: template, tokenizer and engine together on the demo model.</summary>
[TestClass]
public sealed class TextTests
{
    private static readonly PromptMessage[] Question = [new("user", "Compute 17 + 25.")];

    [TestMethod]
    public async Task Prompt_Messages_AreAnsweredInText()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(Question);
        GenerationResult answer = await conversation.GenerateToEndAsync();
        Assert.AreEqual("17 + 25 = 42.", answer.Text);
        Assert.AreEqual(FinishReason.StopToken, answer.FinishReason);
        Assert.AreEqual(answer.Tokens.Count, answer.Usage.GeneratedTokens);
    }

    [TestMethod]
    public async Task CountTokens_Messages_IsWhatThePromptTakes()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        foreach (PromptOptions options in new[] { new PromptOptions(), new PromptOptions { AddGenerationPrompt = false } })
        {
            await conversation.PromptAsync(Question, options);
            Assert.AreEqual(conversation.Length, model.CountTokens(Question, options));
        }

        string text = "Mia is 81 years old. <|end_of_text|>";
        Assert.AreEqual(model.Tokenizer.Encode(text).Length, model.Tokenizer.CountTokens(text));
        Assert.AreEqual(
            model.Tokenizer.Encode(text, specialTokensAsText: true).Length, model.Tokenizer.CountTokens(text, specialTokensAsText: true));
        PromptMessage[] longer = [new("user", string.Concat(Enumerable.Repeat("word ", 2 * model.MaxLength)))];
        Assert.IsGreaterThan(model.MaxLength, model.CountTokens(longer));
    }

    [TestMethod]
    public async Task Prompt_AnswerAppended_ComputesTheTurnsEndOnlyAndCertaintyItsInvocation()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(Question);
        GenerationResult answer = await conversation.GenerateToEndAsync();
        int length = conversation.Length;
        TokenUsage usage = await conversation.PromptAsync(
            [.. Question, new("assistant", answer.Text)], new PromptOptions { AddGenerationPrompt = false });
        Assert.AreEqual((length, 1), (usage.ReusedTokens, usage.ComputedTokens));
        Certainty certainty = await conversation.InvokeCertaintyAsync();
        Assert.AreEqual((length + 1, 3), (certainty.Usage.ReusedTokens, certainty.Usage.ComputedTokens));
        Assert.IsTrue(certainty.Value is > 0.5 and < 1, $"{certainty.Value}");
        Assert.AreEqual(1, certainty.Probabilities.Sum(), 1e-9);

        IntrinsicResult text = await conversation.InvokeAsync("certainty");
        Assert.AreEqual($"{certainty.Digit}", text.Text);
        Certainty lora = await conversation.InvokeCertaintyAsync(
            "certainty-lora", new InvocationOptions { Instruction = "<|start_of_role|>certainty<|end_of_role|>" });
        Assert.AreEqual(length + 1 + 3, lora.Usage.ComputedTokens);
        Assert.IsTrue(lora.Value is > 0.5 and < 1, $"{lora.Value}");
    }

    [TestMethod]
    public async Task Prompt_TemplateVariables_ReachTheTemplate()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        JsonObject variables = new() { ["documents"] = new JsonArray(new JsonObject { ["text"] = "Nora is 67 years old." }) };
        await conversation.PromptAsync([new("user", "How old is Nora?")], new PromptOptions { TemplateVariables = variables });
        Assert.Contains("Nora is 67 years old.", model.Tokenizer.Decode(conversation.Tokens.ToArray()));
        Assert.AreEqual("Nora is 67 years old.", (await conversation.GenerateToEndAsync()).Text);
    }

    [TestMethod]
    public async Task Generate_StopString_CutsTheText()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(Question);
        GenerationResult answer = await conversation.GenerateToEndAsync(new GenerationOptions { StopStrings = ["= 4", "never"] });
        Assert.AreEqual("17 + 25 ", answer.Text);
        Assert.AreEqual(FinishReason.StopString, answer.FinishReason);
    }

    [TestMethod]
    public async Task Generate_VisibleSpecialTokens_AreInTheText()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(Question);
        int end = model.Manifest.EosTokenIds[0];
        Assert.IsTrue(model.Tokenizer.IsSpecial(end));
        GenerationResult answer = await conversation.GenerateToEndAsync(new GenerationOptions { VisibleSpecialTokens = [end] });
        Assert.AreEqual($"17 + 25 = 42.{model.Tokenizer.TokenOf(end)}", answer.Text);
    }

    [TestMethod]
    public async Task Generate_Seeded_IsRepeatable()
    {
        AloraModel model = await DemoModel.OpenAsync();
        GenerationOptions options = new()
        {
            Temperature = 1.5f,
            TopK = 40,
            TopP = 0.95f,
            MinP = 0.01f,
            RepetitionPenalty = 1.1f,
            Seed = 5,
            MaxNewTokens = 20,
            IgnoreEndOfText = true,
        };
        List<string> texts = [];
        foreach (long seed in new long[] { 5, 5, 6 })
        {
            using Conversation conversation = model.CreateConversation();
            await conversation.PromptAsync(Question);
            texts.Add((await conversation.GenerateToEndAsync(options with { Seed = seed })).Text);
        }

        Assert.AreEqual(texts[0], texts[1]);
        Assert.AreNotEqual(texts[0], texts[2]);
    }

    // The prompt and the first tokens of the answer, given to somebody else, go on as the answer did.
    [TestMethod]
    [DataRow(1)]
    [DataRow(7)]
    [DataRow(19)]
    public async Task Generate_SeededAnswerContinuedElsewhere_GivesTheSameTokens(int count)
    {
        AloraModel model = await DemoModel.OpenAsync();
        GenerationOptions options = new()
        {
            Temperature = 1.5f,
            TopP = 0.95f,
            RepetitionPenalty = 1.1f,
            Seed = 12,
            MaxNewTokens = 20,
            IgnoreEndOfText = true,
        };
        using Conversation whole = model.CreateConversation();
        await whole.PromptAsync(Question);
        int[] prompt = whole.Tokens.ToArray();
        int[] answer = [.. (await whole.GenerateToEndAsync(options)).Tokens];
        CollectionAssert.AreNotEqual(answer, (int[])[.. (await GenerateAsync(model, prompt, options with { Seed = 13 })).Tokens]);

        GenerationResult rest = await GenerateAsync(model, [.. prompt, .. answer[..count]], options with { MaxNewTokens = 20 - count });
        CollectionAssert.AreEqual(answer[count..], (int[])[.. rest.Tokens]);
    }

    private static async Task<GenerationResult> GenerateAsync(AloraModel model, int[] prompt, GenerationOptions options)
    {
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(prompt);
        return await conversation.GenerateToEndAsync(options);
    }

    [TestMethod]
    public async Task Invoke_ChoiceOfSeveralTokens_IsRefused()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(Question);
        ArgumentException exception = await Assert.ThrowsExactlyAsync<ArgumentException>(
            () => conversation.InvokeAsync("certainty", new InvocationOptions { Choices = ["9", "not at all"] }));
        Assert.Contains("not at all", exception.Message);
    }

    [TestMethod]
    public async Task Invoke_MissingInvocation_ShowsItsText()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(Question);
        MissingInvocationException exception = await Assert.ThrowsExactlyAsync<MissingInvocationException>(
            () => conversation.InvokeAsync("certainty", new InvocationOptions { Placement = InvocationPlacement.InPrompt }));
        Assert.Contains("<|start_of_role|>certainty<|end_of_role|>", exception.Message);
    }

    [TestMethod]
    public async Task Open_FolderWithoutTokenizer_WorksOnIdsAndNamesTheFile()
    {
        using TemporaryFolder temporary = new();
        await CopyFilesAsync(temporary.Path, except: "tokenizer.json");
        using AloraModel model = await AloraModel.OpenAsync(temporary.Path);
        using Conversation conversation = model.CreateConversation();
        ModelFormatException exception = await Assert.ThrowsExactlyAsync<ModelFormatException>(() => conversation.PromptAsync(Question));
        Assert.Contains(temporary["tokenizer.json"], exception.Message);
        await conversation.PromptAsync(Prompts.Random(5));
        Assert.AreEqual(5, conversation.Length);
    }

    [TestMethod]
    public async Task Prompt_TemplateThatRaises_GivesItsOwnWordsAndLeavesTheConversation()
    {
        using TemporaryFolder temporary = new();
        await CopyFilesAsync(temporary.Path, except: "chat_template.jinja");
        await File.WriteAllTextAsync(temporary["chat_template.jinja"], "{{ raise_exception('Roles must alternate.') }}");
        using AloraModel model = await AloraModel.OpenAsync(temporary.Path);
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(Prompts.Random(5));
        TemplateException exception = await Assert.ThrowsExactlyAsync<TemplateException>(() => conversation.PromptAsync(Question));
        Assert.Contains("Roles must alternate.", exception.Message);
        Assert.AreEqual(5, conversation.Length);
    }

    private static async Task CopyFilesAsync(string target, string except)
    {
        foreach (string file in Directory.EnumerateFiles(await DemoModel.FolderAsync()).Where(file => Path.GetFileName(file) != except))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }
    }
}
