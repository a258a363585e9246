using ALoRA.Onnx.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace ALoRA.Onnx.Extensions.AI.Tests;

/// <summary>Requests of one client that are computed together, and intrinsics on what was computed for them.</summary>
[TestClass]
public sealed class SharedStepsTests
{
    private static readonly string?[] Adapters =
        [null, "jailbreak-lora", "certainty", null, "query_rewrite-lora", "query_rewrite", "certainty-lora", null];

    [TestMethod]
    public async Task GetResponse_EightOfBaseAndAdaptersAtOnce_GiveTheAnswersOfEachAloneInStepsThatTheyShare()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using AloraChatClient client = await Demo.ClientAsync(
            new AloraChatClientOptions { MaxConcurrentRequests = 8, SpecialTokens = SpecialTokenHandling.Parse });
        (string? Adapter, string Text)[] asked = [.. Adapters.Select((adapter, i) => (adapter, TextOf(model, adapter, i)))];

        ChatResponse[] together = await Task.WhenAll(asked.Select(one => Task.Run(
            () => client.GetResponseAsync(one.Text, OptionsOf(one.Adapter)))));

        EngineStatistics figures = client.GetService<AloraEngine>()!.Statistics;
        for (int i = 0; i < asked.Length; i++)
        {
            GenerationResult alone = await AloneAsync(model, asked[i].Adapter, asked[i].Text);
            Assert.AreEqual(alone.Text, together[i].Text, $"{asked[i]}");
            Assert.AreEqual(alone.Tokens.Count, together[i].Usage!.OutputTokenCount, $"{asked[i]}");
        }

        long tokens = together.Sum(response => response.Usage!.OutputTokenCount!.Value);
        Assert.AreEqual((8, tokens), (figures.Finished, figures.GeneratedTokens));
        Assert.IsLessThan(tokens, figures.Steps);
        Assert.IsGreaterThan(4, together.Select(response => response.Text).Distinct().Count());
    }

    [TestMethod]
    public async Task UseConversation_AfterALongAnswer_StartsOnTheRowsOfTheAnswer()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        AloraEngine engine = client.GetService<AloraEngine>()!;
        List<ChatMessage> chat = [new(ChatRole.User, Story(160) + Demo.Question)];
        ChatResponse response = await client.GetResponseAsync(chat);
        chat.AddMessages(response);
        EngineStatistics before = engine.Statistics;

        (int[] tokens, Certainty certainty) = await client.UseConversationAsync(chat, async (context, cancellationToken) => (
            context.Conversation.Tokens.ToArray(),
            await context.Conversation.InvokeCertaintyAsync(cancellationToken: cancellationToken)));

        EngineStatistics after = engine.Statistics;
        Assert.IsGreaterThan(1000, tokens.Length);
        Assert.AreEqual((tokens.Length, 3), (certainty.Usage.ReusedTokens, certainty.Usage.ComputedTokens));
        Assert.AreEqual(tokens.Length, after.PromptTokens - before.PromptTokens);
        Assert.AreEqual(response.Usage!.TotalTokenCount - 1, after.CachedTokens - before.CachedTokens);
        Assert.IsGreaterThan(0.99 * tokens.Length, (double)(after.CachedTokens - before.CachedTokens));

        using Conversation own = client.Model.CreateConversation();
        await own.PromptAsync(tokens);
        Assert.AreEqual((await own.InvokeCertaintyAsync()).Value, certainty.Value, 1e-4);
    }

    [TestMethod]
    public async Task UseConversation_BeforeTheAnswer_ComputesThePromptForTheAnswer()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        ChatMessage[] chat = [new(ChatRole.User, Story(60) + Demo.Question)];
        int length = await client.UseConversationAsync(chat, (context, _) => Task.FromResult(context.Conversation.Length));
        ChatResponse response = await client.GetResponseAsync(chat);
        Assert.AreEqual(length, response.Usage!.CachedInputTokenCount);
        Assert.IsGreaterThan(400, length);
    }

    [TestMethod]
    public async Task UseConversation_AnotherScope_TakesNothingOfTheAnswer()
    {
        using AloraChatClient client = await Demo.ClientAsync();
        ChatMessage[] chat = [new(ChatRole.User, Story(60) + Demo.Question)];
        await client.GetResponseAsync(chat, ScopeOf("a"));
        AloraEngine engine = client.GetService<AloraEngine>()!;
        long prompts = engine.Statistics.PromptTokens;
        foreach (string? scope in new[] { "b", null })
        {
            await client.PromptAsync(chat, ScopeOf(scope));
            Assert.AreEqual(0, engine.Statistics.CachedTokens, $"{scope}");
            Assert.IsGreaterThan(prompts + 400, engine.Statistics.PromptTokens, $"{scope}");
            prompts = engine.Statistics.PromptTokens;
        }

        // All rows are there, and none is asked for.
        await client.PromptAsync(chat, ScopeOf("a"));
        Assert.AreEqual(prompts, engine.Statistics.PromptTokens);
    }

    [TestMethod]
    public async Task AddAloraOnnx_TwoCallersAtOnce_AreAnsweredByOneEngineAndShareNoRows()
    {
        string folder = await DemoModel.FolderAsync();
        ServiceCollection services = new();
        services.AddAloraOnnx(options => (options.ModelFolder, options.MaxConcurrentRequests) = (folder, 2)).AddChatClient().UseCertainty();
        services.AddScoped<Endpoint>();
        await using ServiceProvider provider = services.BuildServiceProvider();
        AloraEngine engine = provider.GetRequiredService<IChatClient>().GetService<AloraEngine>()!;
        string[] users = ["Mia", "Noah"];

        ChatResponse[] answers = await Task.WhenAll(users.Select(user => Task.Run(async () =>
        {
            await using AsyncServiceScope scope = provider.CreateAsyncScope();
            return await scope.ServiceProvider.GetRequiredService<Endpoint>().AnswerAsync(user);
        })));

        EngineStatistics figures = engine.Statistics;
        foreach (ChatResponse answer in answers)
        {
            Assert.AreEqual(Demo.Answer, answer.Text);
            Assert.AreEqual(0, answer.Usage!.CachedInputTokenCount);
            Assert.IsNotNull(answer.GetCertainty());
        }

        // Each asks twice: for the answer, and for the rows on which the certainty is asked.
        Assert.AreEqual((4, 0), (figures.Finished, figures.Failed));
        Assert.AreEqual(2, figures.KeptPrompts);
        Assert.AreSame(engine, provider.GetRequiredService<AloraChatClient>().GetService<AloraEngine>());
    }

    [TestMethod]
    public async Task Engine_SharedByTwoClients_IsUsedByBothAndOutlivesThem()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model, new EngineOptions { ShareTokensWithoutScope = true });
        AloraChatClientOptions options = new() { Engine = engine, LeaveOpen = true };
        using (AloraChatClient first = new(model, options))
        {
            Assert.AreSame(engine, first.GetService<AloraEngine>());
            Assert.AreEqual(Demo.Answer, (await first.GetResponseAsync(Demo.Question)).Text);
        }

        using AloraChatClient second = new(model, options);
        ChatResponse again = await second.GetResponseAsync(Demo.Question);
        Assert.AreEqual(Demo.Answer, again.Text);
        Assert.AreEqual(again.Usage!.InputTokenCount - 1, again.Usage.CachedInputTokenCount);

        using AloraModel other = await DemoModel.OpenOwnAsync();
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() => new AloraChatClient(other, options));
        Assert.Contains("AloraChatClientOptions.Engine serves another model", exception.Message);
    }

    private static string TextOf(AloraModel model, string? adapter, int i)
    {
        string question = $"{Story(3 + i)}Compute {i * 3} + {i + 2}.";
        return adapter is not null && model.Adapters.Get(adapter) is { Kind: AdapterKind.Alora } alora
            ? $"{question}<|end_of_text|>\n{model.Tokenizer.Decode([.. alora.InvocationTokens])}"
            : question;
    }

    private static ChatOptions OptionsOf(string? adapter) => new()
    {
        MaxOutputTokens = 24,
        AdditionalProperties = adapter is null ? null : new() { [AloraChatKeys.Adapter] = adapter },
    };

    private static ChatOptions ScopeOf(string? scope) => new() { AdditionalProperties = new() { [AloraChatKeys.CacheScope] = scope } };

    private static async Task<GenerationResult> AloneAsync(AloraModel model, string? adapter, string text)
    {
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(
            [new PromptMessage("user", text)], new PromptOptions { Adapter = adapter, SpecialTokens = SpecialTokenHandling.Parse });
        return await conversation.GenerateToEndAsync(new GenerationOptions { MaxNewTokens = 24 });
    }

    private static string Story(int sentences) =>
        string.Concat(Enumerable.Range(0, sentences).Select(i => $"Nora owns {i} pens. "));

    /// <summary>What an application has for each of its requests.</summary>
    private sealed class Endpoint(IChatClient client)
    {
        public Task<ChatResponse> AnswerAsync(string user) => client.GetResponseAsync(Demo.Question, ScopeOf(user));
    }
}
