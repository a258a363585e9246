using System.Diagnostics;
using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Training.Devices;
using ALoRA.Onnx.Training.Graphs;
using ALoRA.Onnx.Training.Optimization;
using ALoRA.Onnx.Training.Options;

namespace ALoRA.Onnx.Training;

/// <summary>Time and memory of whole steps over rows at random: what a training does between two batches of its data.</summary>
internal sealed record StepMeasurement
{
    /// <summary>Invocation in front of the labels, as in the peer's measurement.</summary>
    private const int Invocation = 5;

    /// <summary>The model folder.</summary>
    public required string Model { get; init; }

    /// <summary>What computes.</summary>
    public required ExecutionProvider Provider { get; init; }

    /// <summary>Threads on the processor.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Rows of a step.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Rows that run at once.</summary>
    public int? MicroBatch { get; init; }

    /// <summary>Tokens before the invocation.</summary>
    public int Prefix { get; init; } = 512;

    /// <summary>Tokens from the invocation on.</summary>
    public int Suffix { get; init; } = 30;

    /// <summary>Rank on all projections.</summary>
    public int Rank { get; init; } = 32;

    /// <summary>Steps that are measured, after two that are not.</summary>
    public int Steps { get; init; } = 15;

    /// <summary>Measures.</summary>
    public StepFigures Run()
    {
        ModelManifest manifest = ModelFolder.Read(Path.GetFullPath(Model));
        ExecutionProvider provider = TrainerOpener.ProviderOf(Provider, manifest);
        CardMemory? before = provider.Name == ExecutionProvider.CudaName ? CardMemory.TryRead(provider.DeviceIndex) : null;
        using AloraModel model = AloraModel.Open(Model, new AloraModelOptions
        {
            IntraOpThreads = Threads,
            ExecutionProvider = TrainerOpener.BaseProviderOf(Provider, manifest),
        });
        Random random = new(1);
        int[][] ids = [.. Enumerable.Range(0, Batch).Select(_ => Ids(random, manifest.VocabularySize))];
        TrainingRow[] rows = [.. ids.Select(row => Row(row, PrefixRows.Compute(model.Loaded.Session, row, Prefix, default)))];
        TrainingTargets targets = new(
            AdapterSettings.Of(new TrainingOptions { Rank = Rank, Alpha = Rank }, ExportedModel.Open(Model), [1, 2, 3, 4, 5]));
        TrainingSessionOptions options = new() { Threads = Threads };
        DeviceSizes sizes = DeviceSizes.Of(
            manifest, TrainerOpener.RowsOf(Batch, MicroBatch), ids.Select(_ => Prefix), Prefix, long.MaxValue);
        long opening = Stopwatch.GetTimestamp();
        IReadOnlyList<TensorPlan> plans = Graphs.TrainingSession.PlanTensors(Model, targets);
        DeviceNeed need = DeviceNeed.Of(
            manifest, sizes, VectorLayout.Of([.. plans.Select(plan => plan.Shape)]).Length, BatchGrid.Up(Suffix, 8),
            BatchGrid.Up(Prefix, sizes.PageSize), BatchGrid.Up(Suffix - Invocation, 8));
        using ITrainer trainer = provider.Name == ExecutionProvider.CpuName
            ? TrainerOpener.OnProcessor(model, targets, options, new AdamWSettings())
            : TrainerOpener.OnDevice(model, provider, targets, options, new AdamWSettings(), sizes, need);
        AdapterStart.Fill(trainer.Tensors, seed: 0);
        trainer.Push();
        if (trainer.Pages is { } pages)
        {
            rows = [.. rows.Select(row => row with { Prefix = pages.TryPlace(row.Prefix!) ?? row.Prefix })];
        }

        double opened = Stopwatch.GetElapsedTime(opening).TotalSeconds;
        List<double> runs = [];
        List<double> steps = [];
        double loss = 0;
        double norm = 0;
        for (int i = 0; i < Steps + 3; i++)
        {
            long start = Stopwatch.GetTimestamp();
            (loss, double run) = RunRows(trainer, rows, start);
            norm = trainer.Update(1e-4, clip: 1);
            if (i >= 3)
            {
                runs.Add(run);
                steps.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        CardMemory? after = before is null ? null : CardMemory.TryRead(provider.DeviceIndex);
        return new StepFigures(
            Median(steps), Median(runs), steps.Min(), steps.Max(), opened, loss, norm, Process.GetCurrentProcess().PeakWorkingSet64,
            before?.Free - after?.Free, provider.Name == ExecutionProvider.CpuName ? null : $"{need}", trainer.Tensors.Sum(
                tensor => (long)tensor.Values.Length));
    }

    private (double Loss, double Milliseconds) RunRows(ITrainer trainer, TrainingRow[] rows, long start)
    {
        trainer.ClearGradients();
        int labels = rows.Sum(row => row.LabelCount);
        double loss = 0;
        foreach (TrainingRow[] part in rows.Chunk(trainer.RowsOfRun ?? MicroBatch ?? Batch))
        {
            loss += trainer.Run(new MicroBatch(part, labels)).Loss;
        }

        return (loss, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    private TrainingRow Row(int[] ids, PrefixRows prefix)
    {
        int[] labels = [.. ids[Prefix..]];
        labels.AsSpan(0, Math.Min(Invocation, labels.Length - 1)).Fill(TrainingRow.NoLabel);
        return new TrainingRow(ids.AsMemory(Prefix), labels, prefix);
    }

    private int[] Ids(Random random, int vocabulary) => [.. Enumerable.Range(0, Prefix + Suffix).Select(_ => random.Next(vocabulary))];

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);

    /// <summary>What was measured.</summary>
    /// <param name="Step">
    /// Median of a whole step in milliseconds: inputs to the device, forward, backward, optimizer, loss and norm back.
    /// </param>
    /// <param name="Runs">Of it forward and backward, with the sums of gradients.</param>
    /// <param name="Fastest">The fastest step.</param>
    /// <param name="Slowest">The slowest step.</param>
    /// <param name="Opening">Seconds until the first step.</param>
    /// <param name="Loss">Loss of the last step.</param>
    /// <param name="Norm">Norm of its gradients.</param>
    /// <param name="PeakBytes">Largest memory of the process.</param>
    /// <param name="DeviceBytes">Memory that was taken on the device, the context's too; null on the processor.</param>
    /// <param name="Need">What was counted before; null on the processor.</param>
    /// <param name="Parameters">Trained weights.</param>
    internal sealed record StepFigures(
        double Step, double Runs, double Fastest, double Slowest, double Opening, double Loss, double Norm, long PeakBytes,
        long? DeviceBytes, string? Need, long Parameters);
}
