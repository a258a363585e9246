namespace ALoRA.Onnx.Serving.Tests;

/// <summary>An answer that another engine began goes on as that one would have gone on, from whichever token.</summary>
[TestClass]
public sealed class ContinuedAnswerTests
{
    private const int Tokens = 24;

    private static readonly GenerationOptions Greedy = new() { MaxNewTokens = Tokens, IgnoreEndOfText = true };

    public static IEnumerable<object[]> Kinds =>
    [
        ["greedy", Greedy],
        ["seeded", Greedy with { Temperature = 1.3f, TopP = 0.95f, Seed = 11 }],
        ["penalties", Greedy with { Temperature = 1, Seed = 3, PresencePenalty = 1, FrequencyPenalty = 1, RepetitionPenalty = 1.2f }],
        ["stop string", Greedy with { Temperature = 1.2f, Seed = 5, StopStrings = ["is a z", "e w", ". N"] }],
        ["log-probabilities", Greedy with { Temperature = 1.1f, Seed = 9, TopLogprobs = 3 }],
        ["choices", new GenerationOptions { Constraint = TokenConstraint.FromChoices(["eighty-five", "eighty-six apples"]) }],
        [
            "schema",
            new GenerationOptions
            {
                MaxNewTokens = 60,
                Temperature = 1,
                Seed = 21,
                Constraint = TokenConstraint.FromJsonSchema(
                    """
                    {
                      "type": "object",
                      "properties": {"answer": {"type": "integer"}, "unit": {"enum": ["apples", "pears"]}},
                      "required": ["answer", "unit"]
                    }
                    """),
            },
        ],
        [
            "schema with log-probabilities",
            new GenerationOptions
            {
                MaxNewTokens = 60,
                TopLogprobs = 2,
                Constraint = TokenConstraint.FromJsonSchema(
                    """{"type":"object","properties":{"answer":{"type":"integer"}},"required":["answer"]}"""),
            },
        ],
    ];

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public async Task Submit_AnsweredToAnyToken_GivesTheOthers(string kind, GenerationOptions generation)
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        EngineRequest request = new()
        {
            Prompt = EncodedPrompt.FromTrusted(model.Tokenizer.Encode("Compute 47 + 38. What is the capital of France?")),
            Generation = generation,
        };
        List<GeneratedToken> whole = await ReadAsync(engine, request);
        Assert.IsGreaterThan(2, whole.Count, kind);
        int[] ids = [.. whole.Select(token => token.Id)];
        for (int i = 1; i < ids.Length; i++)
        {
            List<GeneratedToken> rest = await ReadAsync(engine, request with { Answered = ids.AsMemory(0, i) });
            CollectionAssert.AreEqual(ids[i..], rest.Select(token => token.Id).ToArray(), $"{kind} from {i}");
            CollectionAssert.AreEqual(
                whole.Skip(i).Select(token => token.Text).ToArray(), rest.Select(token => token.Text).ToArray(), $"{kind} from {i}");
            Assert.AreEqual(whole[^1].FinishReason, rest[^1].FinishReason);
            Assert.AreEqual(ids.Length, rest[^1].Usage!.GeneratedTokens);
            Assert.AreEqual(whole[^1].Logprobs?.Token.Id, rest[^1].Logprobs?.Token.Id);
        }
    }

    [TestMethod]
    [DataRow("certainty")]
    [DataRow("certainty-lora")]
    public async Task Submit_AdaptersAnswerContinued_GivesTheOthers(string adapter)
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        int[] prompt = [.. model.Tokenizer.Encode("What is 47 + 38?"), .. model.Adapters.Get(adapter).InvocationTokens];
        EngineRequest request = new() { Prompt = EncodedPrompt.FromTrusted(prompt), Adapter = adapter, Generation = Greedy };
        List<GeneratedToken> whole = await ReadAsync(engine, request);
        int[] ids = [.. whole.Select(token => token.Id)];
        for (int i = 1; i < ids.Length; i += 5)
        {
            List<GeneratedToken> rest = await ReadAsync(engine, request with { Answered = ids.AsMemory(0, i) });
            CollectionAssert.AreEqual(ids[i..], rest.Select(token => token.Id).ToArray(), $"from {i}");
        }
    }

    [TestMethod]
    public async Task Submit_AnsweredThatTheConstraintForbids_Fails()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        EngineRequest request = new()
        {
            Prompt = EncodedPrompt.FromTrusted(model.Tokenizer.Encode("Yes or no?")),
            Generation = new GenerationOptions { Constraint = TokenConstraint.FromChoices(["yes", "no"]) },
            Answered = model.Tokenizer.Encode("maybe"),
        };
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => ReadAsync(engine, request));
    }

    private static async Task<List<GeneratedToken>> ReadAsync(AloraEngine engine, EngineRequest request)
    {
        List<GeneratedToken> tokens = [];
        await foreach (GeneratedToken token in engine.Submit(request))
        {
            tokens.Add(token);
        }

        return tokens;
    }
}
