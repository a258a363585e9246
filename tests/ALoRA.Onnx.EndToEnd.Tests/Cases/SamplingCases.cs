using ALoRA.Onnx.EndToEnd.Tests.Runtime;

namespace ALoRA.Onnx.EndToEnd.Tests.Cases;

/// <summary>Numbers of sampling that are valid and extreme.</summary>
[TestClass]
public sealed class SamplingCases
{
    private static readonly GenerationOptions Four = new() { MaxNewTokens = 4, IgnoreEndOfText = true };

    [TestMethod]
    [DataRow(1e-38f, DisplayName = "14-temperature-1e-38")]
    [DataRow(float.Epsilon, DisplayName = "15-temperature-smallest")]
    [DataRow(1e-20f, DisplayName = "a temperature by which can be divided")]
    public async Task Generate_TemperatureNearZero_GivesTheGreedyText(float temperature)
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync([new PromptMessage("user", "What is 3 + 4?")]);
        int length = conversation.Length;
        string greedy = (await conversation.GenerateToEndAsync(Four with { Temperature = 0 })).Text;
        conversation.Rewind(length);

        string text = (await conversation.GenerateToEndAsync(Four with { Temperature = temperature, Seed = 1 })).Text;

        Assert.AreEqual(greedy, text);
    }

    [TestMethod]
    [DataRow(1e-38f)]
    [DataRow(float.Epsilon)]
    public async Task InvokeAll_TemperatureNearZero_GivesTheGreedyText(float temperature)
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync([new PromptMessage("user", "What is 3 + 4?")]);
        AdapterInvocation Ask(float heat) => new(
            "certainty", new InvocationOptions { Generation = Four with { Temperature = heat, Seed = 1 } });
        IReadOnlyList<IntrinsicResult> greedy = await conversation.InvokeAllAsync([Ask(0), Ask(0)]);

        IReadOnlyList<IntrinsicResult> results = await conversation.InvokeAllAsync([Ask(temperature), Ask(temperature)]);

        CollectionAssert.AreEqual(greedy.Select(result => result.Text).ToArray(), results.Select(result => result.Text).ToArray());
    }

    [TestMethod]
    [DataRow(1e-30f)]
    [DataRow(1e30f)]
    public async Task Generate_RepetitionPenaltyOutOfAnySensibleRange_IsRefused(float penalty)
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync([new PromptMessage("user", "What is 3 + 4?")]);

        ArgumentOutOfRangeException exception = await Assert.ThrowsExactlyAsync<ArgumentOutOfRangeException>(
            () => conversation.GenerateToEndAsync(Four with { RepetitionPenalty = penalty }));

        Assert.Contains("RepetitionPenalty must be from 0.01 to 100.", exception.Message);
    }
}
