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
        TrainingReport report = await new AdapterTrainer(folder.Model, Options with { Steps = 60 }).TrainAsync(
            folder.Data(120), folder["forbidden"]);
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

    [TestMethod]
    [DataRow(0.0, false)]
    [DataRow(0.2, false)]
    [DataRow(0.2, true)]
    public async Task Train_InterruptedAndResumed_GivesTheBitsOfAnUninterruptedOne(double dropout, bool device)
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        TrainingOptions options = Options with { Dropout = dropout, UsesDeviceGraphs = device };
        string data = folder.Data(60);
        await new AdapterTrainer(folder.Model, options).TrainAsync(data, folder["whole"]);
        foreach (int step in new[] { 5, 8, 17 })
        {
            await InterruptAsync(folder, options, data, "parts", step);
            Assert.IsTrue(File.Exists(folder["parts.checkpoint", "state.json"]), "No checkpoint was left.");
            Assert.IsFalse(Directory.Exists(folder["parts"]), "Something looks finished.");
            options = options with { Resume = true };
        }

        await new AdapterTrainer(folder.Model, options).TrainAsync(data, folder["parts"]);
        CollectionAssert.AreEqual(Weights(folder, "whole"), Weights(folder, "parts"));
        Assert.IsFalse(Directory.Exists(folder["parts.checkpoint"]));
    }

    [TestMethod]
    public async Task Train_GraphsOfADevice_LearnsTheTaskWhereverPrefixesAre()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        TrainingOptions options = Options with { Steps = 60, UsesDeviceGraphs = true };
        string data = folder.Data(120);
        TrainingReport report = await new AdapterTrainer(folder.Model, options).TrainAsync(data, folder["placed"]);
        Assert.AreEqual(1, report.Adapter!.Accuracy);
        Assert.AreEqual(1, report.HeldOutAccuracy);

        // No prefix stays in pages: all pass through those of the batch, from memory and anew.
        await new AdapterTrainer(folder.Model, options with { DevicePrefixBytes = 0, PrefixCacheBytes = 100_000, PrefixFileBytes = 0 })
            .TrainAsync(data, folder["passed"]);
        CollectionAssert.AreEqual(Weights(folder, "placed"), Weights(folder, "passed"));
    }

    [TestMethod]
    public async Task Train_LossBecomesNoNumberAfterAnEvaluation_KeepsTheBestAdapter()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        TrainingOptions options = Options with
        {
            LearningRate = 1e30,
            Schedule = TrainingSchedule.Constant,
            WarmupSteps = 12,
            EvaluationSteps = 1,
            Patience = null,
            ClipNorm = null,
        };
        TrainingReport report = await new AdapterTrainer(folder.Model, options).TrainAsync(folder.Data(60), folder["adapter"]);
        StringAssert.Contains(report.Problem, "no numbers to go on with");
        StringAssert.Contains(report.Problem, $"The adapter of step {report.BestStep}, the best so far, was kept.");
        Assert.IsTrue(report.StoppedEarly);
        Assert.IsTrue(File.Exists(folder["adapter", "adapter_model.safetensors"]));
    }

    [TestMethod]
    public async Task Train_LayersBeyondTheModel_IsRefusedWithTheirNumber()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        ArgumentException exception = await Assert.ThrowsAsync<ArgumentException>(() =>
            new AdapterTrainer(folder.Model, Options with { Layers = [0, 99] }).TrainAsync(folder.Data(20), folder["adapter"]));
        StringAssert.Contains(exception.Message, "layers, 0 to ");
        StringAssert.Contains(exception.Message, "got 99");
    }

    [TestMethod]
    public async Task Train_Twice_GivesTheSameBits()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        TrainingOptions options = Options with { Kind = AdapterKind.Lora, Invocation = null, Dropout = 0.1, Steps = 6 };
        string data = folder.Data(40);
        await new AdapterTrainer(folder.Model, options).TrainAsync(data, folder["first"]);
        await new AdapterTrainer(folder.Model, options).TrainAsync(data, folder["second"]);
        CollectionAssert.AreEqual(Weights(folder, "first"), Weights(folder, "second"));
        await new AdapterTrainer(folder.Model, options with { Seed = 1 }).TrainAsync(data, folder["third"]);
        CollectionAssert.AreNotEqual(Weights(folder, "first"), Weights(folder, "third"));
        Assert.IsEmpty(PeftAdapter.Read(folder["first"]).InvocationTokens);
    }

    [TestMethod]
    public async Task Train_PrefixesInFileOrComputedAnew_GivesTheSameBits()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        string data = folder.Data(24);
        await new AdapterTrainer(folder.Model, Options).TrainAsync(data, folder["memory"]);
        TrainingOptions file = Options with { PrefixCacheBytes = 200_000 };
        await new AdapterTrainer(folder.Model, file).TrainAsync(data, folder["file"]);
        TrainingOptions anew = Options with { PrefixCacheBytes = 0, PrefixFileBytes = 0 };
        await new AdapterTrainer(folder.Model, anew).TrainAsync(data, folder["anew"]);
        CollectionAssert.AreEqual(Weights(folder, "memory"), Weights(folder, "file"));
        CollectionAssert.AreEqual(Weights(folder, "memory"), Weights(folder, "anew"));
        Assert.IsEmpty(Directory.GetFiles(folder["."], ".prefixes*"));
    }

    [TestMethod]
    public async Task Train_ResumedWithOtherOptions_IsRefusedByName()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        string data = folder.Data(40);
        await InterruptAsync(folder, Options, data, "adapter", step: 3);
        TrainingOptions resume = Options with { Resume = true };
        FormatException exception = await Assert.ThrowsAsync<FormatException>(() =>
            new AdapterTrainer(folder.Model, resume with { Rank = 4, LearningRate = 1 }).TrainAsync(data, folder["adapter"]));
        StringAssert.Contains(exception.Message, "rank was 8 and is 4", StringComparison.Ordinal);
        StringAssert.Contains(exception.Message, "lr was 0.003 and is 1", StringComparison.Ordinal);
        exception = await Assert.ThrowsAsync<FormatException>(() =>
            new AdapterTrainer(folder.Model, resume).TrainAsync(folder.Data(41, "other.jsonl"), folder["adapter"]));
        StringAssert.Contains(exception.Message, "the data was", StringComparison.Ordinal);
        IOException exists = await Assert.ThrowsAsync<IOException>(() =>
            new AdapterTrainer(folder.Model, Options).TrainAsync(data, folder["adapter"]));
        StringAssert.Contains(exists.Message, "checkpoint of an interrupted training", StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task Train_DiskThatIsFull_LeavesTheCheckpointBeforeIt()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        string data = folder.Data(40);
        await new AdapterTrainer(folder.Model, Options).TrainAsync(data, folder["whole"]);
        int writes = 0;
        using (FailingDisk disk = new(() => ++writes > 6))
        {
            await Assert.ThrowsAsync<IOException>(() => new AdapterTrainer(folder.Model, Options).TrainAsync(data, folder["adapter"]));
        }

        Assert.IsGreaterThan(6, writes);
        Assert.IsFalse(Directory.Exists(folder["adapter"]));
        await new AdapterTrainer(folder.Model, Options with { Resume = true }).TrainAsync(data, folder["adapter"]);
        CollectionAssert.AreEqual(Weights(folder, "whole"), Weights(folder, "adapter"));
    }

    [TestMethod]
    public async Task Train_FromAnAdapter_BeginsWithItsWeights()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        string data = folder.Data(60);
        TrainingReport first = await new AdapterTrainer(folder.Model, Options).TrainAsync(data, folder["first"]);
        TrainingOptions options = new()
        {
            InitialAdapter = folder["first"],
            LearningRate = 1e-9,
            Steps = 1,
            ValidationShare = 0.25,
            Threads = 1,
        };
        TrainingReport second = await new AdapterTrainer(folder.Model, options).TrainAsync(data, folder["second"]);
        Assert.AreEqual(first.HeldOutLoss!.Value, second.HeldOutLoss!.Value, 1e-6);
        CollectionAssert.AreEqual(first.InvocationTokens.ToArray(), second.InvocationTokens.ToArray());
        Assert.AreEqual("8", second.Options["rank"]);
    }

    [TestMethod]
    public async Task Train_RateThatIsTooHigh_EndsWithASentence()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        TrainingOptions options = Options with { LearningRate = 1e30, WarmupSteps = 0 };
        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            new AdapterTrainer(folder.Model, options).TrainAsync(folder.Data(40), folder["adapter"]));
        StringAssert.Contains(exception.Message, "lower learning rate", StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task Train_LastUpdateThatOverflows_EndsWithASentence()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        TrainingOptions options = Options with { LearningRate = 1e38, WarmupSteps = 0, Steps = 1, ValidationShare = 0 };
        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            new AdapterTrainer(folder.Model, options).TrainAsync(folder.Data(40), folder["adapter"]));
        StringAssert.Contains(exception.Message, "lower learning rate", StringComparison.Ordinal);
        Assert.IsFalse(Directory.Exists(folder["adapter.checkpoint"]), "Nobody can go on from it.");
    }

    [TestMethod]
    [DataRow(int.MaxValue, 8, DisplayName = "epochs beyond counting")]
    [DataRow(2, int.MaxValue, DisplayName = "a batch of everything")]
    public async Task Plan_LargestNumbers_AreCountedOrRefused(int epochs, int batch)
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        AdapterTrainer trainer = new(folder.Model, Options with { Steps = null, Epochs = epochs, BatchSize = batch });
        if (epochs == int.MaxValue)
        {
            ArgumentOutOfRangeException exception =
                await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => trainer.PlanAsync(folder.Data(40)));
            StringAssert.Contains(exception.Message, "Epochs: expected at most", StringComparison.Ordinal);
            return;
        }

        TrainingPlan plan = await trainer.PlanAsync(folder.Data(40));
        Assert.AreEqual((1, 2), (plan.StepsOfEpoch, plan.Steps));
    }

    [TestMethod]
    public async Task Train_NoBetterLoss_StopsAndKeepsTheBest()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        TrainingOptions options = Options with
        {
            LearningRate = 0.5,
            WarmupSteps = 0,
            Steps = 60,
            EvaluationSteps = 2,
            Patience = 2,
            Schedule = TrainingSchedule.Constant,
        };
        TrainingReport report = await new AdapterTrainer(folder.Model, options).TrainAsync(folder.Data(40), folder["adapter"]);
        Assert.IsTrue(report.StoppedEarly);
        Assert.AreEqual(report.Steps - 4, report.BestStep);
    }

    [TestMethod]
    public async Task Train_ResultThatIsThere_IsRefusedBeforeTheData()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        Directory.CreateDirectory(folder["model", "adapters", "adapter"]);
        IOException exception = await Assert.ThrowsAsync<IOException>(() =>
            new AdapterTrainer(folder.Model, Options).TrainAsync("none.jsonl", folder["adapter"]));
        StringAssert.Contains(exception.Message, "allow overwriting", StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task Plan_Task_SaysWhatWouldBeDone()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        TrainingPlan plan = await new AdapterTrainer(folder.Model, Options).PlanAsync(folder.Data(40));
        Assert.AreEqual((24, 5, 30, 10), (plan.Steps, plan.StepsOfEpoch, plan.Data.Rows.Count, plan.Data.HeldOut.Count));
        StringAssert.Contains(plan.Examples[0], "<|start_of_role|>forbidden<|end_of_role|>⟦", StringComparison.Ordinal);
        StringAssert.EndsWith(plan.Examples[0], "<|end_of_text|>⟧", StringComparison.Ordinal);
        Assert.IsGreaterThan(0, plan.SecondsOfStep);
    }

    [TestMethod]
    public async Task Plan_Budgets_PrefixesAreInMemoryThenInTheFileAndCountInTheForecast()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        string data = folder.Data(40);
        TrainingOptions options = Options with { ValidationShare = 0, PrefixCacheBytes = 100_000, PrefixFileBytes = 50_000 };
        TrainingPlan once = await new AdapterTrainer(folder.Model, options with { Steps = 2 }).PlanAsync(data);
        Assert.AreEqual((0L, 0L, 0L), (once.PrefixBytes, once.PrefixMemoryBytes, once.PrefixFileBytes));
        TrainingPlan plan = await new AdapterTrainer(folder.Model, options).PlanAsync(data);
        long bytes = plan.Data.Rows.Sum(row => row.ActivationStart) * 8192L;
        Assert.AreEqual((bytes, 100_000L, 50_000L), (plan.PrefixBytes, plan.PrefixMemoryBytes, plan.PrefixFileBytes));

        TrainingPlan inMemory = await new AdapterTrainer(folder.Model, options with { PrefixCacheBytes = bytes }).PlanAsync(data);
        Assert.AreEqual((bytes, 0L), (inMemory.PrefixMemoryBytes, inMemory.PrefixFileBytes));
        Assert.IsGreaterThan(plan.PeakMemoryBytes, inMemory.PeakMemoryBytes, "Prefixes of steps that were not measured count.");
    }

    private static byte[] Weights(TrainingFolder folder, string name) =>
        File.ReadAllBytes(folder[name, "adapter_model.safetensors"]);

    private static async Task InterruptAsync(TrainingFolder folder, TrainingOptions options, string data, string name, int step)
    {
        using CancellationTokenSource source = new();
        await Assert.ThrowsAsync<OperationCanceledException>(() => new AdapterTrainer(folder.Model, options).TrainAsync(
            data, folder[name], new StepWatch(report => CancelAt(report, step, source)), source.Token));
    }

    private static void CancelAt(TrainingStep report, int step, CancellationTokenSource source)
    {
        if (report.Step >= step)
        {
            source.Cancel();
        }
    }

    private sealed class StepWatch(Action<TrainingStep> tell) : IProgress<TrainingStep>
    {
        public void Report(TrainingStep value) => tell(value);
    }
}
