using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Serving.Tests;

/// <summary>Intrinsics on an engine answer as on a conversation.</summary>
[TestClass]
public sealed class EngineIntrinsicsTests
{
    [TestMethod]
    public async Task InvokeAll_Several_AnswerAsOnAConversation()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        IntrinsicRequest request = new() { Messages = [new("user", "Compute 17 + 25."), new("assistant", "17 + 25 = 42.")] };
        string[] names = ["certainty", "jailbreak", "certainty-lora", "answerability", "certainty"];
        IReadOnlyList<IntrinsicAnswer> answers = await engine.InvokeAllAsync(
            [.. names.Select(name => new IntrinsicCall { Intrinsic = model.OpenIntrinsic(name), ChatRequest = request.ToJson() })]);
        using Conversation conversation = model.CreateConversation();
        for (int i = 0; i < names.Length; i++)
        {
            IntrinsicAnswer expected = await conversation.InvokeAsync(model.OpenIntrinsic(names[i]), request);
            Assert.AreEqual(names[i], answers[i].Intrinsic);
            Assert.AreEqual(expected.Run.Text, answers[i].Run.Text, names[i]);
            CollectionAssert.AreEqual(expected.Run.Tokens.ToArray(), answers[i].Run.Tokens.ToArray(), names[i]);
            Assert.AreEqual(expected.Run.FinishReason, answers[i].Run.FinishReason);
            Assert.AreEqual(expected.Run.ActivationPosition, answers[i].Run.ActivationPosition);
            Assert.IsTrue(JsonNode.DeepEquals(expected.Value, answers[i].Value));
        }
    }

    /// <summary>All of them are one step's rows: the prefix is computed once, and an answer more costs next to no run more.</summary>
    [TestMethod]
    public async Task InvokeAll_SeveralOnOnePrefix_ComputeItOnceAndRunTogether()
    {
        using AloraModel model = await AloraModel.OpenAsync(await DemoModel.FolderAsync());
        IntrinsicRequest request = new()
        {
            Messages =
            [
                .. Enumerable.Range(0, 24).Select(i => new PromptMessage(i % 2 == 0 ? "user" : "assistant", $"Compute {i} + 25.")),
                new("user", "Compute 17 + 25."),
                new("assistant", "17 + 25 = 42."),
            ],
        };
        string[] names = ["certainty", "jailbreak", "answerability", "certainty", "jailbreak", "answerability", "certainty", "jailbreak"];
        IntrinsicCall[] calls = [.. names.Select(name => new IntrinsicCall
        {
            Intrinsic = model.OpenIntrinsic(name),
            ChatRequest = request.ToJson(),
            CacheScope = "mine",
        })];
        List<long> alone = [];
        foreach (IntrinsicCall call in calls.Take(3))
        {
            alone.Add((await RunsOfAsync(model, [call])).Runs);
        }

        (long runs, long rows, EngineStatistics statistics) = await RunsOfAsync(model, calls);
        int prefix = model.PromptEncoder.Encode(request.Messages, addGenerationPrompt: false).Length;
        Assert.IsGreaterThan(250, prefix);
        Assert.AreEqual((names.Length - 1) * prefix, statistics.CachedTokens);
        Assert.IsLessThan(prefix + (names.Length * 8), rows, "The prefix was computed more than once.");

        // One after another each has a run for its invocation and one a token of its answer; together they share those of the answers.
        Assert.IsLessThan(alone.Max() + ((names.Length - 1) * 2), runs, $"Alone {string.Join(", ", alone)}.");
    }

    private static async Task<(long Runs, long Rows, EngineStatistics Statistics)> RunsOfAsync(AloraModel model, IntrinsicCall[] calls)
    {
        await using AloraEngine engine = new(model);
        (long runs, long rows) = (model.Loaded.Session.Runs, model.Loaded.Session.Rows);
        await engine.InvokeAllAsync(calls);
        await engine.DrainAsync();
        return (model.Loaded.Session.Runs - runs, model.Loaded.Session.Rows - rows, engine.Statistics);
    }

    [TestMethod]
    public async Task InvokeAll_OneThatDoesNotFit_SubmitsNone()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        IntrinsicCall sound = new()
        {
            Intrinsic = model.OpenIntrinsic("certainty"),
            ChatRequest = new IntrinsicRequest { Messages = [new("user", "Hi")] }.ToJson(),
        };
        await Assert.ThrowsAsync<IntrinsicFormatException>(() => engine.InvokeAllAsync([sound, sound with { ChatRequest = [] }]));
        Assert.AreEqual(0, engine.Statistics.Finished + engine.Statistics.Cancelled + engine.Statistics.Running);
        Assert.IsEmpty(await engine.InvokeAllAsync([]));
    }
}
