using ALoRA.Onnx.Export;
using ALoRA.Onnx.Models;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>
/// A float16 export on the processor, of whose kernels some pack weights without anything that sessions could share.
/// </summary>
[TestClass]
public sealed class Float16Tests
{
    [TestMethod]
    [DataRow(WeightLoading.Map)]
    [DataRow(WeightLoading.Copy)]
    public async Task Open_Float16OnTheProcessor_AnswersWithAndWithoutAdapters(WeightLoading loading)
    {
        using TemporaryFolder folder = new();
        ExportOptions options = new()
        {
            Precision = ExportPrecision.Float16,
            Adapters =
            [
                .. ((string[])["certainty", "jailbreak"]).Select(
                    name => new ExportAdapter(Path.Combine(DemoModel.Checkpoint, "adapters", name))),
            ],
        };
        await Exporter.ExportAsync(DemoModel.Checkpoint, folder["model"], options);
        using AloraModel model = AloraModel.Open(
            folder["model"], new AloraModelOptions { ExecutionProvider = ExecutionProvider.Cpu, LoadWeights = loading });
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync([new PromptMessage("user", "What is 47 + 38?")]);
        GenerationResult answer = await conversation.GenerateToEndAsync(Greedy);
        StringAssert.Contains(answer.Text, "85");
        IReadOnlyList<IntrinsicResult> together = await conversation.InvokeAllAsync([new("certainty", Short), new("jailbreak", Short)]);
        Assert.AreEqual(together[0].Text, (await conversation.InvokeAsync("certainty", Short)).Text);
        Assert.AreEqual(together[1].Text, (await conversation.InvokeAsync("jailbreak", Short)).Text);
    }

    [TestMethod]
    [DataRow(
        "[ErrorCode:Fail] session_state.cc:590 operator() The kernel corresponding to the node /model/layers.0/"
        + "post_attention_layernorm/SkipSimplifiedLayerNormalization doesn't have an implementation that can cache computed pre-packed "
        + "weights",
        true)]
    [DataRow("[ErrorCode:InvalidGraph] This is an invalid model. Error: Duplicate definition of name (x).", false)]
    public void IsRefusalToShare_MessageOfOnnxRuntime_IsToldFromOthers(string message, bool expected) =>
        Assert.AreEqual(expected, SharedWeights.IsRefusalToShare(message));

    private static GenerationOptions Greedy { get; } = new() { MaxNewTokens = 16, Temperature = 0 };

    private static InvocationOptions Short { get; } = new() { Generation = Greedy with { MaxNewTokens = 3 } };
}
