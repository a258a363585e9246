using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Export;
using ALoRA.Onnx.Export.Graphs.Proto;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Training;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Training.Devices;
using ALoRA.Onnx.Training.Graphs;
using ALoRA.Onnx.Training.Optimization;
using ALoRA.Onnx.Training.Tests.Graphs;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using TrainingSession = ALoRA.Onnx.Training.Graphs.TrainingSession;

namespace ALoRA.Onnx.Training.Tests.Devices;

/// <summary>
/// What a device computes, computed by the processor in its place: the same graphs, bound in place, beside the processor's own way.
/// </summary>
[TestClass]
public sealed class DeviceTrainerTests
{
    private const double Decay = 0.01;

    [TestMethod]
    [DataRow("llama", ExportPrecision.Float32, 1e-5)]
    [DataRow("granite", ExportPrecision.Float32, 1e-5)]
    [DataRow("gemma2", ExportPrecision.Float32, 1e-5)]
    [DataRow("phi3", ExportPrecision.Float32, 1e-5)]
    [DataRow("llama", ExportPrecision.Int4, 1e-5)]
    public async Task Run_Batches_GivesTheGradientsOfTheProcessor(
        string model, ExportPrecision precision, double tolerance)
    {
        ExportOptions options = new() { Precision = precision, AccuracyLevel = precision == ExportPrecision.Int4 ? 1 : null };
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", model), options);
        using TrainingSession session = folder.Open();
        using DeviceRig rig = new(folder, session);
        TrainingRow[] rows = [folder.Row(21, 7, 4).Cached, folder.Row(0, 6, 3).Cached, folder.Row(70, 10, 6).Cached];
        int labels = rows.Sum(row => row.LabelCount);
        foreach (TrainingRow[] part in new[] { rows[..2], rows[2..] })
        {
            MicroBatchResult expected = session.Run(new MicroBatch(part, labels));
            MicroBatchResult found = rig.Trainer.Run(new MicroBatch(part, labels));
            Assert.AreEqual(expected.Loss, found.Loss, 1e-5 * expected.Loss);
            Assert.AreEqual(
                (expected.Labels, expected.CorrectLabels, expected.ExactRows), (found.Labels, found.CorrectLabels, found.ExactRows));
        }

        rig.Trainer.PullGradients();
        for (int i = 0; i < session.Tensors.Count; i++)
        {
            Assert.AreEqual(
                0, Distance(session.Tensors[i].Gradient, rig.Trainer.Tensors[i].Gradient), tolerance, session.Tensors[i].Name);
        }

        Assert.AreEqual(session.Evaluate(TrainedFolder.Batch(rows)).Loss, rig.Trainer.Evaluate(TrainedFolder.Batch(rows)).Loss, 1e-5);
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow(0.05)]
    public async Task Update_SomeSteps_IsTheOptimizerOfTheProcessor(double? clip)
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        using TrainingSession session = folder.Open();
        using DeviceRig rig = new(folder, session);
        AdamW expected = new(new AdamWSettings(Decay), [.. session.Tensors.Select(tensor => tensor.Values.Length)]);
        float[][] values = [.. session.Tensors.Select(tensor => tensor.Values.ToArray())];
        for (int step = 0; step < 4; step++)
        {
            rig.Trainer.ClearGradients();
            rig.Trainer.Run(TrainedFolder.Batch(folder.Row(9, 7, 4).Cached));
            rig.Trainer.PullGradients();
            float[][] gradients = [.. rig.Trainer.Tensors.Select(tensor => tensor.Gradient)];
            double norm = GradientClip.Norm(gradients);
            expected.Update(values, gradients, 1e-2, GradientClip.Factor(norm, clip));
            Assert.AreEqual(norm, rig.Trainer.Update(1e-2, clip), 1e-6 * norm);
        }

        rig.Trainer.Pull();
        for (int i = 0; i < values.Length; i++)
        {
            if (clip is null)
            {
                CollectionAssert.AreEqual(values[i], rig.Trainer.Tensors[i].Values);
                CollectionAssert.AreEqual(expected.FirstMoments[i], rig.Trainer.Optimizer.FirstMoments[i]);
                CollectionAssert.AreEqual(expected.SecondMoments[i], rig.Trainer.Optimizer.SecondMoments[i]);
            }

            Assert.AreEqual(0, Distance(values[i], rig.Trainer.Tensors[i].Values), 1e-6, rig.Trainer.Tensors[i].Name);
            Assert.AreEqual(0, Distance(expected.SecondMoments[i], rig.Trainer.Optimizer.SecondMoments[i]), 1e-6);
        }
    }

    // ONNX Runtime computes float16 on the processor by casts, so that a model in 16 bits can be trained there, slowly.
    [TestMethod]
    [DataRow("llama", ExportPrecision.Float16)]
    [DataRow("granite", ExportPrecision.Float16)]
    [DataRow("gemma2", ExportPrecision.Float16)]
    [DataRow("qwen3", ExportPrecision.Float16)]
    [DataRow("phi3", ExportPrecision.Float16)]
    [DataRow("llama", ExportPrecision.Int4)]
    public async Task Run_ModelIn16Bits_GivesNearlyTheGradientsOfTheSameInFloat32(string model, ExportPrecision precision)
    {
        await using TrainedFolder wide = await TrainedFolder.ExportAsync(
            GoldenData.Path("models", model),
            new ExportOptions
            {
                Precision = precision == ExportPrecision.Int4 ? precision : ExportPrecision.Float32,
                AccuracyLevel = precision == ExportPrecision.Int4 ? 1 : null,
            });
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(
            GoldenData.Path("models", model),
            new ExportOptions
            {
                Precision = precision,
                ActivationPrecision = precision == ExportPrecision.Int4 ? ExportPrecision.Float16 : null,
            });
        using TrainingSession session = wide.Open();
        using DeviceRig rig = new(folder, session);
        MicroBatch expected = TrainedFolder.Batch(wide.Row(21, 7, 4).Cached, wide.Row(4, 11, 6).Cached);
        MicroBatch batch = TrainedFolder.Batch(folder.Row(21, 7, 4).Cached, folder.Row(4, 11, 6).Cached);
        Assert.AreEqual(session.Run(expected).Loss, rig.Trainer.Run(batch).Loss, 1e-2);
        rig.Trainer.PullGradients();
        for (int i = 0; i < session.Tensors.Count; i++)
        {
            Assert.AreEqual(0, Distance(session.Tensors[i].Gradient, rig.Trainer.Tensors[i].Gradient), 3e-2, session.Tensors[i].Name);
        }
    }

    [TestMethod]
    public async Task Run_WithoutPrefixesAndWithDropout_GivesTheGradientsOfTheProcessor()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        TrainingSessionOptions options = new() { HasPrefixes = false, Dropout = 0.3, Seed = 5 };
        using TrainingSession session = folder.Open(options: options);
        using DeviceRig rig = new(folder, session, options);
        MicroBatch batch = TrainedFolder.Batch(folder.Row(0, 7, 4).Whole, folder.Row(0, 7, 4).Whole, folder.Row(0, 7, 4).Whole);

        // Masks are drawn in the shape that runs: those of the processor are of seven rows, those here of eight.
        rig.Trainer.Run(batch);
        rig.Trainer.PullGradients();
        float[][] first = [.. rig.Trainer.Tensors.Select(tensor => tensor.Gradient.ToArray())];
        rig.Trainer.ClearGradients();
        rig.Trainer.Runs = 0;
        rig.Trainer.Run(batch);
        rig.Trainer.PullGradients();
        for (int i = 0; i < first.Length; i++)
        {
            CollectionAssert.AreEqual(first[i], rig.Trainer.Tensors[i].Gradient);
        }

        Assert.AreEqual(session.Evaluate(batch).Loss, rig.Trainer.Evaluate(batch).Loss, 1e-5);
    }

    [TestMethod]
    public async Task Step_RepeatedWithNothing_ChangesNoBit()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        using TrainingDevice device = new(folder.Model.Loaded, ProviderChooser.Find(ExecutionProvider.Cpu), threads: 1);
        using DeviceOptimizer optimizer = new(device, VectorLayout.Of([new[] { 70, 3 }, new[] { 5 }]));
        AdamW adam = new(new AdamWSettings(Decay), [210, 5]);
        Random random = new(1);
        float[][] values = [Numbers(210), Numbers(5)];
        optimizer.Push(values, adam);
        optimizer.Added.Write([Numbers(210), Numbers(5)]);
        optimizer.Add(isFirst: true, share: 1);
        optimizer.Step(adam.CountStep(1e-2, clip: 1));
        optimizer.Pull(values, adam);
        float[][] expected = [.. values.Concat(adam.FirstMoments).Concat(adam.SecondMoments).Select(part => part.ToArray())];
        float norm = optimizer.Step(DeviceOptimizer.Nothing);
        optimizer.Pull(values, adam);

        Assert.IsGreaterThan(1, norm);
        float[][] found = [.. values.Concat(adam.FirstMoments).Concat(adam.SecondMoments)];
        for (int i = 0; i < expected.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i], found[i]);
        }

        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    [TestMethod]
    [DynamicData(nameof(GoldenData.Models), typeof(GoldenData))]
    public async Task Read_EveryArchitectureIn16Bits_HasTypesThatFitAndOperatorsOfCuda(string model)
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(
            GoldenData.Path("models", model), temporary["model"], new ExportOptions { Precision = ExportPrecision.BFloat16 });
        IReadOnlyList<TrainedBranch> branches = TrainedFolder.Targets().BranchesOf(ExportedModel.Open(temporary["model"]));
        TrainingGraph graph = TrainingGraph.Read(
            Path.Combine(temporary["model"], "model.onnx"), new TrainingLayout(branches, PageSize: 16));
        CudaKernels.Check(graph.Model);
        using SessionOptions options = new();
        options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", temporary["model"]);

        // Types are checked before kernels are looked for, of which the processor has none.
        string refusal = Assert.ThrowsExactly<OnnxRuntimeException>(
            () => new InferenceSession(graph.Model.ToByteArray(), options).Dispose()).Message;
        StringAssert.Contains(refusal, "NotImplemented", StringComparison.Ordinal);
        StringAssert.Contains(refusal, "Could not find an implementation", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Check_OperatorWithoutKernel_IsNamedWithItsNode()
    {
        ModelProto model = new() { Graph = new GraphProto() };
        model.Graph.Node.Add(new NodeProto { Name = "/model/x", OpType = "Softplus" });
        string refusal = Assert.ThrowsExactly<NotSupportedException>(() => CudaKernels.Check(model)).Message;
        StringAssert.Contains(refusal, "Node '/model/x'");
        StringAssert.Contains(refusal, "Softplus");
    }

    [TestMethod]
    public async Task Of_Needs_AreRefusedWithNumbersWhereTheyDoNotFit()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        ModelManifest manifest = folder.Model.Manifest;
        DeviceNeed need = DeviceNeed.Of(
            manifest, DeviceSizes.Of(manifest, 8, [64, 64], 64, budget: 1 << 20), 1 << 20, suffix: 32, prefix: 64, heads: 8);
        Assert.AreEqual(manifest.WeightsBytes, need.Weights);
        Assert.AreEqual(need.Weights + need.Prefixes + need.Optimizer + need.Activations, need.Total);
        need.Check(new CardMemory(need.Total, need.Total));
        string refusal = Assert.ThrowsExactly<InsufficientMemoryException>(
            () => need.Check(new CardMemory(need.Total - 1, 80_000_000_000))).Message;
        StringAssert.Contains(refusal, "of 80.00 GB are free");
        StringAssert.Contains(refusal, "--device-prefixes");
    }

    private static double Distance(float[] expected, float[] found) => Math.Sqrt(
        expected.Zip(found, (a, b) => Math.Pow((double)a - b, 2)).Sum()
        / Math.Max(expected.Sum(value => (double)value * value), 1e-30));

    /// <summary>A trainer with the parameters of a session, on the processor.</summary>
    private sealed class DeviceRig : IDisposable
    {
        public DeviceRig(TrainedFolder folder, TrainingSession session, TrainingSessionOptions? options = null)
        {
            ChosenProvider cpu = ProviderChooser.Find(ExecutionProvider.Cpu);
            Trainer = DeviceTrainer.Open(
                new TrainingDevice(folder.Model.Loaded, cpu, threads: 1), folder.Path, TrainedFolder.Targets(),
                (options ?? new TrainingSessionOptions()) with { Threads = 1 },
                new AdamWSettings(Decay), DeviceSizes.Of(folder.Model.Manifest, rows: 3, [], longest: 80, budget: 0));
            for (int i = 0; i < session.Tensors.Count; i++)
            {
                session.Tensors[i].Values.CopyTo(Trainer.Tensors[i].Values, 0);
            }

            Trainer.Push();
        }

        public DeviceTrainer Trainer { get; }

        public void Dispose()
        {
            Trainer.Dispose();
        }
    }
}
