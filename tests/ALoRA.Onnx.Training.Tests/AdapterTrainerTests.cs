using System.Text.Json;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Training.Tests;

/// <summary>Trainings of the demo model on questions whose answer is whether a word is in them.</summary>
[TestClass]
public sealed class AdapterTrainerTests
{
    private static readonly TrainingOptions Options = new()
    {
        Invocation = "<|start_of_role|>forbidden<|end_of_role|>",
        Rank = 8,
        Targets = ["qkv"],
        LearningRate = 3e-3,
        Steps = 24,
        BatchSize = 6,
        MicroBatchSize = 4,
        EvaluationSteps = 8,
        ValidationShare = 0.25,
        Threads = 1,
    };

    [TestMethod]
    public async Task Train_Task_IsLearntAndAllFilesAreThere()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        Progress<TrainingStep> progress = new();
        TrainingReport report = await new AdapterTrainer(folder.Model, Options with { Steps = 60 }).TrainAsync(
            folder.Data(120), folder["forbidden"], progress);
        Assert.AreEqual(1, report.Adapter!.Accuracy);
        Assert.AreEqual(1, report.HeldOutAccuracy);
        Assert.IsLessThan(0.5, report.Base!.Accuracy);
        CollectionAssert.AreEquivalent(
            new[] { "adapter_config.json", "adapter_model.safetensors", "losses.svg", "report.json" },
            Directory.GetFileSystemEntries(folder["forbidden"]).Select(Path.GetFileName).ToArray());
        Assert.IsFalse(Directory.Exists(folder["forbidden.checkpoint"]));
        PeftAdapter adapter = PeftAdapter.Read(folder["forbidden"]);
        CollectionAssert.AreEqual(report.InvocationTokens.ToArray(), adapter.InvocationTokens.ToArray());
        Assert.AreEqual((8, 32.0, report.Parameters), (adapter.Rank, adapter.Alpha, adapter.Parameters));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(folder["forbidden", "report.json"]));
        Assert.AreEqual("float32", json.RootElement.GetProperty("base_precision").GetString());

        using AloraModel model = await AloraModel.OpenAsync(folder.Model);
        using Conversation conversation = model.CreateConversation();
        IntrinsicAnswer answer = await conversation.InvokeAsync(
            model.OpenIntrinsic("forbidden"), new IntrinsicRequest { Messages = [new PromptMessage("user", "Say number 3 cat.")] });
        Assert.AreEqual("Y", answer.Run.Text);
    }
}
