using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Export.Adapters;
using ALoRA.Onnx.Export.Adapters.Binding;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Training.Checkpoints;
using ALoRA.Onnx.Training.Data;
using ALoRA.Onnx.Training.Devices;
using ALoRA.Onnx.Training.Graphs;
using ALoRA.Onnx.Training.Optimization;
using ALoRA.Onnx.Training.Options;
using ALoRA.Onnx.Training.Prefixes;

namespace ALoRA.Onnx.Training;

/// <summary>Everything that a training has open: base, data, training graph, prefixes, optimizer. Disposes all of it.</summary>
internal sealed class TrainingSetup : IDisposable
{
    private const int FewestEvaluationSteps = 10;
    private const int Evaluations = 10;

    private readonly PrefixStore _prefixes;
    private CardMemory? _freeBefore;

    private TrainingSetup(
        AloraModel model, TrainingData data, TrainingOptions options, PeftAdapterConfig config, ITrainer trainer, RowMaker rows,
        PrefixStore prefixes, int threads, ExecutionProvider provider, DeviceNeed? need)
    {
        Model = model;
        Data = data;
        Options = options;
        Config = config;
        Trainer = trainer;
        Rows = rows;
        Need = need;
        Provider = provider;
        _prefixes = prefixes;
        StepsOfEpoch = StepsOfEpochOf(data, options);
        Steps = StepsOf(data, options);
        EvaluationSteps = options.EvaluationSteps ?? Math.Max(FewestEvaluationSteps, (Steps + Evaluations - 1) / Evaluations);
        int warmup = options.WarmupSteps ?? LearningRate.DefaultWarmup(Steps);
        Rate = new LearningRate(options.LearningRate, options.Schedule, warmup, Steps);
        State = new TrainingState
        {
            Data = data.Hash,
            Base = $"{model.Manifest.Base.Fingerprint}, {model.Manifest.Precision.Name}",
            Options = OptionList.Of(options, config, Steps, warmup, EvaluationSteps, threads, provider.Name),
        };
        Best = [.. trainer.Tensors.Select(tensor => new float[tensor.Values.Length])];
    }

    public AloraModel Model { get; }

    public TrainingData Data { get; }

    public TrainingOptions Options { get; }

    /// <summary>What the adapter's configuration will say.</summary>
    public PeftAdapterConfig Config { get; }

    public ITrainer Trainer { get; }

    /// <summary>What computes the training graph.</summary>
    public ExecutionProvider Provider { get; }

    /// <summary>What it needs on its device, as counted before; null on the processor.</summary>
    public DeviceNeed? Need { get; }

    /// <summary>
    /// By how much less of its device's memory is free than before; null where that is not known, or where other programs gave more back.
    /// </summary>
    public long? DeviceBytes => Need is not null && _freeBefore is { } before
        && CardMemory.TryRead(Provider.DeviceIndex) is { } now && now.Free < before.Free ? before.Free - now.Free : null;

    /// <summary>What ended the training before its time; null for nothing.</summary>
    public string? Problem { get; set; }

    public RowMaker Rows { get; }

    public LearningRate Rate { get; }

    public int Steps { get; }

    public int StepsOfEpoch { get; }

    public int EvaluationSteps { get; }

    /// <summary>Where the training stands.</summary>
    public TrainingState State { get; private set; }

    /// <summary>The best adapter so far, tensor by tensor; valid from the first evaluation on.</summary>
    public IReadOnlyList<float[]> Best { get; }

    /// <summary>What went wrong with the file of prefixes; null for nothing.</summary>
    public string? Note => _prefixes.FileProblem;

    /// <summary>Bytes of all prefixes that a training keeps, each distinct one once.</summary>
    public long KeptPrefixBytes =>
        PrefixRows.BytesPerId(Model.Manifest) * Kept(Data, Rows.Keeps).Sum(prefix => (long)prefix.Ids.Length);

    /// <summary>Bytes of the prefixes that are in memory.</summary>
    public long PrefixMemoryBytes => _prefixes.MemoryBytes;

    /// <summary>
    /// Bytes that this training takes on the processor beyond those of a step that was made: for its largest runs, and the best adapter.
    /// </summary>
    /// <param name="made">Rows of the step.</param>
    public long MoreMemoryThan(IReadOnlyList<TrainingExample> made) =>
        new LargestRuns(new HostNeed(Model.Manifest), Options).MoreThan(made, Data.Rows, Data.HeldOut)
        + Best.Sum(values => (long)values.Length * sizeof(float));

    /// <summary>Opens everything.</summary>
    /// <param name="modelFolder">The base.</param>
    /// <param name="dataFile">The rows.</param>
    /// <param name="scratch">Folder for the file of prefixes.</param>
    /// <param name="options">What to train, checked.</param>
    /// <param name="cancellationToken">Cancels between rows.</param>
    public static TrainingSetup Open(
        string modelFolder, string dataFile, string scratch, TrainingOptions options, CancellationToken cancellationToken)
    {
        int threads = options.Threads ?? ProcessorTopology.UsableCores();

        ModelManifest manifest = ModelFolder.Read(Path.GetFullPath(modelFolder));
        ExecutionProvider provider = TrainerOpener.ProviderOf(options.ExecutionProvider, manifest);
        bool isDevice = provider.Name != ExecutionProvider.CpuName || options.UsesDeviceGraphs;
        CardMemory? freeBefore = isDevice ? CardMemory.TryRead(provider.DeviceIndex) : null;
        if (!isDevice)
        {
            Graphs.TrainingSession.RequireFloat32(modelFolder, manifest);
        }

        // Prefixes must not depend on which were computed before them, so that the runtime's own cache of them is off.
        AloraModel model = AloraModel.Open(modelFolder, new AloraModelOptions
        {
            IntraOpThreads = threads,
            ExecutionProvider = TrainerOpener.BaseProviderOf(options.ExecutionProvider, manifest),
        });
        ITrainer? trainer = null;
        try
        {
            TrainingData data = TrainingData.Read(model, dataFile, options, cancellationToken);
            using AdapterSource? initial = options.InitialAdapter is { } path ? AdapterSource.Open(path) : null;
            ExportedModel exported = ExportedModel.Open(modelFolder);
            PeftAdapterConfig config = initial is null
                ? AdapterSettings.Of(options, exported, data.InvocationTokens)
                : initial.Config with
                {
                    InvocationTokens = data.InvocationTokens,
                    InvocationString = null,
                    BaseModel = exported.Base.NameOrPath,
                };
            IReadOnlyList<BoundModule>? start = initial is null
                ? null
                : new AdapterBinder(config, exported).Bind(initial.WeightsPath, initial.TensorsFor(exported));
            TrainingTargets targets = new(config);
            TrainingSessionOptions session = new()
            {
                Threads = threads,
                Dropout = options.Dropout,
                Seed = unchecked((ulong)options.Seed),
                HasPrefixes = data.Form.Kind == AdapterKind.Alora,
            };
            AdamWSettings settings = new(options.WeightDecay);
            HashSet<TrainingExample> once = StepsOf(data, options) > StepsOfEpochOf(data, options) ? [] : RowsReadOnce(data);
            DeviceNeed? need = null;
            if (isDevice)
            {
                DeviceSizes sizes = TrainerOpener.SizesOf(
                    manifest, data, session.HasPrefixes ? Kept(data, row => !once.Contains(row)) : [], options);
                need = TrainerOpener.NeedOf(manifest, data, sizes, Graphs.TrainingSession.PlanTensors(modelFolder, targets));
                trainer = TrainerOpener.OnDevice(model, provider, targets, session, settings, sizes, need);
            }
            else
            {
                trainer = TrainerOpener.OnProcessor(model, targets, session, settings);
            }

            Fill(trainer.Tensors, start, options.Seed);
            trainer.Push();
            PrefixStore prefixes = new(
                model.Loaded.Session, options.PrefixCacheBytes, new PrefixFile(model.Manifest, scratch, options.PrefixFileBytes),
                trainer.Pages);
            return new TrainingSetup(
                model, data, options, config, trainer, new RowMaker(prefixes, once), prefixes, threads, provider, need)
            {
                _freeBefore = freeBefore,
            };
        }
        catch
        {
            trainer?.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <summary>Goes on from a checkpoint.</summary>
    /// <exception cref="FormatException">It is malformed, or of another training.</exception>
    public void Resume(CheckpointFolder checkpoint)
    {
        TrainingState state = checkpoint.ReadState();
        ResumeCheck.Check(checkpoint.Path, state, State);
        if (state.Step > Steps)
        {
            throw new Export.CheckpointFormatException(
                $"{checkpoint.Path}: 'step': expected at most {Steps}, got {state.Step}. Begin the training anew.");
        }

        checkpoint.ReadTensors(Trainer.Tensors, Trainer.Optimizer, Best);
        State = state;
        Trainer.Optimizer.Updates = state.Step;
        Trainer.Runs = state.Runs;
        Trainer.Push();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _prefixes.Dispose();
        Trainer.Dispose();
        Model.Dispose();
    }

    private static int StepsOfEpochOf(TrainingData data, TrainingOptions options) =>
        (int)(((long)data.Rows.Count + options.BatchSize - 1) / options.BatchSize);

    private static int StepsOf(TrainingData data, TrainingOptions options) =>
        options.Steps ?? StepsOf(options.Epochs, StepsOfEpochOf(data, options));

    private static int StepsOf(int epochs, int steps) => (long)epochs * steps <= int.MaxValue
        ? epochs * steps
        : throw new ArgumentOutOfRangeException(
            nameof(epochs), epochs,
            $"{nameof(TrainingOptions.Epochs)}: expected at most {int.MaxValue / steps:N0}, as an epoch of the data has {steps:N0} steps.");

    // Of a training of one epoch: those whose prefix no other row has.
    private static HashSet<TrainingExample> RowsReadOnce(TrainingData data) => data.Rows
        .GroupBy(PrefixOf, new ExampleKey())
        .Where(group => group.Count() == 1).Select(group => group.First())
        .ToHashSet<TrainingExample>(ReferenceEqualityComparer.Instance);

    private static IEnumerable<TrainingExample> Kept(TrainingData data, Func<TrainingExample, bool> isKept) =>
        data.Rows.Concat(data.HeldOut).Where(isKept).Select(PrefixOf).Distinct(new ExampleKey());

    private static TrainingExample PrefixOf(TrainingExample row) =>
        row with { Ids = row.Ids[..row.ActivationStart], CompletionStart = 0 };

    private static void Fill(IReadOnlyList<TrainedTensor> tensors, IReadOnlyList<BoundModule>? start, int seed)
    {
        if (start is null)
        {
            AdapterStart.Fill(tensors, seed);
            return;
        }

        Dictionary<string, TrainedTensor> byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (BoundModule module in start)
        {
            foreach ((LoraPart part, Export.CheckpointTensor? tensor) in new[]
                {
                    (LoraPart.A, module.A), (LoraPart.B, module.B), (LoraPart.Bias, module.Bias),
                })
            {
                tensor?.ReadRowsAsFloat(
                    0, (int)tensor.RowCount, byName[new PeftTensorName(module.Module.Path, part).ToString()].Values);
            }
        }
    }
}
