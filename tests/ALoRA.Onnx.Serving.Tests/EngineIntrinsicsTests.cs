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
