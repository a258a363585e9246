namespace ALoRA.Onnx.Serving.Tests;

/// <summary>Rows that another machine has computed go into an engine, and serve nobody but whom they are for.</summary>
[TestClass]
public sealed class AdoptedRowsTests
{
    private static readonly int[] Prompt = [.. Enumerable.Range(0, 200).Select(i => 10 + (i * 37 % 900))];

    [TestMethod]
    public async Task Adopt_SavedConversation_ServesItsScopeAloneAndAnswersAlike()
    {
        using TemporaryFolder folder = new();
        using AloraModel model = await DemoModel.OpenOwnAsync();
        (int[] expected, _) = await AskAsync(model, null, "alice");
        using (Conversation conversation = model.CreateConversation("alice"))
        {
            await conversation.AppendAsync(Prompt.AsMemory(0, 150));
            await conversation.SaveAsync(folder["rows"]);
        }

        using Conversation loaded = await model.LoadConversationAsync(folder["rows"]);
        (int[] answer, int reused) = await AskAsync(model, loaded, "alice");
        (_, int reusedByOther) = await AskAsync(model, loaded, "bob");

        CollectionAssert.AreEqual(expected, answer);
        Assert.AreEqual(150, reused);
        Assert.AreEqual(0, reusedByOther);
    }

    [TestMethod]
    public async Task Adopt_NoRoomOrNothing_KeepsNone()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        await using AloraEngine engine = new(model, new EngineOptions { MaxRows = 1, MaxContextTokens = 256 });
        using Conversation conversation = model.CreateConversation();
        Assert.AreEqual(0, await engine.AdoptPrefixAsync(conversation, "alice"));
        await conversation.AppendAsync(Prompt);

        Assert.AreEqual(Prompt.Length, await engine.AdoptPrefixAsync(conversation, "alice"));
        Assert.AreEqual(Prompt.Length, await engine.AdoptPrefixAsync(conversation, "alice"), "What nobody uses makes room.");

        using AloraModel other = await DemoModel.OpenOwnAsync();
        using Conversation foreign = other.CreateConversation();
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => engine.AdoptPrefixAsync(foreign, "alice"));
    }

    private static async Task<(int[] Answer, int Reused)> AskAsync(AloraModel model, Conversation? adopted, string scope)
    {
        await using AloraEngine engine = new(model, new EngineOptions { MaxRows = 2, MaxContextTokens = 512 });
        if (adopted is not null)
        {
            await engine.AdoptPrefixAsync(adopted, "alice");
        }

        await using EngineAnswer answer = engine.Submit(new EngineRequest
        {
            Prompt = EncodedPrompt.FromTrusted(Prompt),
            CacheScope = scope,
            Generation = new GenerationOptions { MaxNewTokens = 20, IgnoreEndOfText = true, Temperature = 0 },
        });
        List<int> tokens = [];
        await foreach (GeneratedToken token in answer)
        {
            tokens.Add(token.Id);
        }

        return ([.. tokens], (await answer.PromptUsage).ReusedTokens);
    }
}
