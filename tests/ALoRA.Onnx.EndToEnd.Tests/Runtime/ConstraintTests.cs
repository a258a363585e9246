using System.Text.Json;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Constrained generation on a real session: what comes out, how many runs it takes, and what log-probabilities say.</summary>
[TestClass]
public sealed class ConstraintTests
{
    private static readonly TokenConstraint Score = TokenConstraint.FromJsonSchema(
        """{"properties": {"score": {"enum": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]}}, "required": ["score"]}""");

    // The demo vocabulary has no token of two of these characters, so that there is one way to write the texts.
    private static readonly TokenConstraint OneWay = TokenConstraint.FromChoices(["~^|~^|1~", "~^|~^|2~", "~^|~^|3~"]);

    [TestMethod]
    public async Task Invoke_ScoreWithForcedSpans_CostsAtMostTwoRuns()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(300));
        InvocationOptions options = new() { Generation = new GenerationOptions { Constraint = Score } };
        (IntrinsicResult forced, long runs) = await CountAsync(model, () => conversation.InvokeAsync("certainty", options));
        Assert.IsLessThanOrEqualTo(2, runs);
        Assert.AreEqual(FinishReason.StopToken, forced.FinishReason);
        Assert.IsGreaterThan(5, forced.Tokens.Count);
        using JsonDocument parsed = JsonDocument.Parse(forced.Text);
        Assert.IsTrue(char.IsAsciiDigit(parsed.RootElement.GetProperty("score").GetString()!.Single()));

        (IntrinsicResult single, long singleRuns) = await CountAsync(
            model,
            () => conversation.InvokeAsync("certainty", options with { Generation = options.Generation with { ForcedSpans = false } }));
        Assert.AreEqual(single.Tokens.Count, singleRuns);
        using JsonDocument parsedToo = JsonDocument.Parse(single.Text);
        Assert.IsTrue(char.IsAsciiDigit(parsedToo.RootElement.GetProperty("score").GetString()!.Single()));
        Console.WriteLine($"{forced.Text}: {runs} run(s) with forced spans; {single.Text}: {singleRuns} token by token");
    }

    [TestMethod]
    [DataRow(0f)]
    [DataRow(1f)]
    public async Task Generate_OneTokenPossibleAtATime_IsTheSameTokenByToken(float temperature)
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        for (int seed = 0; seed < 12; seed++)
        {
            GenerationOptions options = new() { Constraint = OneWay, Temperature = temperature, Seed = seed };
            List<(GenerationResult Result, long Runs)> results = [];
            foreach (bool spans in new[] { true, false })
            {
                using Conversation conversation = model.CreateConversation();
                await conversation.AppendAsync(Prompts.Random(40, seed));
                results.Add(await CountAsync(model, () => conversation.GenerateToEndAsync(options with { ForcedSpans = spans })));
            }

            CollectionAssert.AreEqual(results[1].Result.Tokens.ToArray(), results[0].Result.Tokens.ToArray());
            Assert.AreEqual(results[1].Result.Text, results[0].Result.Text);
            Assert.AreEqual(FinishReason.StopToken, results[0].Result.FinishReason);

            // One run for the span before the choice, and one that computes what is behind it for the next turn.
            Assert.AreEqual(2, results[0].Runs);
            Assert.AreEqual(results[1].Result.Tokens.Count, results[1].Runs);
        }
    }

    [TestMethod]
    public async Task Generate_RandomTemperature_StaysWithinTheSchema()
    {
        AloraModel model = await DemoModel.OpenAsync();
        TokenConstraint constraint = TokenConstraint.FromJsonSchema("""
            {
              "properties": {
                "name": {"type": "string", "maxLength": 12},
                "age": {"type": "integer", "minimum": 0, "maximum": 150},
                "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 3}
              },
              "required": ["name", "age"]
            }
            """);
        for (int seed = 0; seed < 20; seed++)
        {
            using Conversation conversation = model.CreateConversation();
            await conversation.AppendAsync(Prompts.Random(30, seed));
            GenerationResult result = await conversation.GenerateToEndAsync(
                new GenerationOptions { Constraint = constraint, Temperature = 2, Seed = seed, ForcedSpans = seed % 2 == 0 });
            Assert.AreEqual(FinishReason.StopToken, result.FinishReason);
            using JsonDocument parsed = JsonDocument.Parse(result.Text);
            Assert.IsTrue(parsed.RootElement.GetProperty("name").GetString()!.EnumerateRunes().Count() <= 12);
            Assert.IsTrue(parsed.RootElement.GetProperty("age").GetInt32() is >= 0 and <= 150);
        }
    }

    [TestMethod]
    public async Task Generate_TopLogprobs_AreThoseOfTheLogits()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        int[] prompt = Prompts.Random(50);
        GenerationOptions options = new() { Constraint = OneWay, TopLogprobs = 4 };
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(prompt);
        (GenerationResult result, long runs) = await CountAsync(model, () => conversation.GenerateToEndAsync(options));
        Assert.IsLessThanOrEqualTo(4, runs);
        Assert.HasCount(result.Tokens.Count, result.Logprobs);
        Assert.AreEqual(
            result.Text + "<|end_of_text|>",
            System.Text.Encoding.UTF8.GetString([.. result.Logprobs.SelectMany(one => one.Token.Bytes.ToArray())]));

        using Conversation forward = model.CreateConversation();
        Logits logits = await forward.ForwardAsync(
            (int[])[.. prompt, .. result.Tokens],
            new ForwardOptions { LogitsPositions = [.. Enumerable.Range(prompt.Length - 1, result.Tokens.Count)] });
        for (int i = 0; i < result.Tokens.Count; i++)
        {
            double[] expected = LogSoftmax(logits[i].ToArray());
            TokenLogprobs read = result.Logprobs[i];
            Assert.AreEqual(result.Tokens[i], read.Token.Id);
            Assert.AreEqual(expected[read.Token.Id], read.UnconstrainedToken.Logprob, 1e-4);
            Assert.HasCount(4, read.UnconstrainedTop);
            foreach ((TokenLogprob top, double logprob) in read.UnconstrainedTop.Zip(expected.OrderDescending()))
            {
                Assert.AreEqual(logprob, top.Logprob, 1e-4);
            }

            Assert.HasCount(i == 6 ? 3 : 1, read.Top);
            Assert.AreEqual(1, read.Top.Sum(top => Math.Exp(top.Logprob)), 1e-9);
        }

        using Conversation plain = model.CreateConversation();
        await plain.AppendAsync(prompt);
        GenerationResult single = await plain.GenerateToEndAsync(options with { ForcedSpans = false });
        CollectionAssert.AreEqual(single.Tokens.ToArray(), result.Tokens.ToArray());
        foreach ((TokenLogprobs one, TokenLogprobs other) in single.Logprobs.Zip(result.Logprobs))
        {
            Assert.AreEqual(one.UnconstrainedToken.Logprob, other.UnconstrainedToken.Logprob, 1e-4);
            Assert.AreEqual(one.Token.Logprob, other.Token.Logprob, 1e-4);
        }
    }

    [TestMethod]
    public async Task Invoke_TopLogprobs_CostNoMoreRuns()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(100));
        float[] before = await conversation.Fork().NextLogitsAsync([11]);
        InvocationOptions options = new() { Generation = new GenerationOptions { Constraint = Score, TopLogprobs = 10 } };
        (IntrinsicResult result, long runs) = await CountAsync(model, () => conversation.InvokeAsync("certainty", options));
        Assert.IsLessThanOrEqualTo(2, runs);
        Assert.HasCount(result.Tokens.Count, result.Logprobs);
        Assert.AreEqual(100, conversation.Length);
        Prompts.AssertSame(before, await conversation.Fork().NextLogitsAsync([11]), "after the invocation");
    }

    [TestMethod]
    public async Task Generate_StreamEndedWithinASpan_KeepsWhatWasGivenOut()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(30));
        List<int> given = [];
        await foreach (GeneratedToken token in conversation.GenerateAsync(new GenerationOptions { Constraint = OneWay, TopLogprobs = 2 }))
        {
            given.Add(token.Id);
            Assert.IsNotNull(token.Logprobs);
            if (given.Count == 3)
            {
                break;
            }
        }

        Assert.AreEqual(33, conversation.Length);
        CollectionAssert.AreEqual(given, conversation.Tokens.Skip(30).ToList());
        using Conversation other = model.CreateConversation();
        await other.AppendAsync((int[])[.. Prompts.Random(30), .. given]);
        Prompts.AssertClose(await other.NextLogitsAsync([12]), await conversation.NextLogitsAsync([12]), 1e-4f, "behind the span");
    }

    [TestMethod]
    public async Task Generate_WithoutStopTokensOrRoom_EndsWithItsReason()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(30));
        GenerationResult complete = await conversation.GenerateToEndAsync(
            new GenerationOptions { Constraint = OneWay, IgnoreEndOfText = true });
        Assert.AreEqual(FinishReason.ConstraintComplete, complete.FinishReason);
        Assert.EndsWith("~", complete.Text);
        GenerationResult cut = await conversation.GenerateToEndAsync(new GenerationOptions { Constraint = OneWay, MaxNewTokens = 4 });
        Assert.AreEqual((FinishReason.MaxNewTokens, "~^|~"), (cut.FinishReason, cut.Text));
        GenerationResult stopped = await conversation.GenerateToEndAsync(
            new GenerationOptions { Constraint = OneWay, StopStrings = ["|~"], TopLogprobs = 1 });
        Assert.AreEqual((FinishReason.StopString, "~^"), (stopped.FinishReason, stopped.Text));
        Assert.AreEqual(30 + complete.Tokens.Count + 4 + stopped.Tokens.Count, conversation.Length);
    }

    private static double[] LogSoftmax(float[] logits)
    {
        double largest = logits.Max();
        double sum = Math.Log(logits.Sum(logit => Math.Exp(logit - largest)));
        return [.. logits.Select(logit => logit - largest - sum)];
    }

    private static async Task<(T Result, long Runs)> CountAsync<T>(AloraModel model, Func<Task<T>> operation)
    {
        long runs = model.Loaded.Session.Runs;
        T result = await operation();
        return (result, model.Loaded.Session.Runs - runs);
    }
}
