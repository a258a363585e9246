using ALoRA.Onnx.Export.Adapters;
using ALoRA.Onnx.Export.Adapters.Binding;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Training.Checkpoints;
using ALoRA.Onnx.Training.Data;
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

    private TrainingSetup(
        AloraModel model, TrainingData data, TrainingOptions options, PeftAdapterConfig config, TrainingSession session,
        PrefixStore prefixes, int threads)
    {
        Model = model;
        Data = data;
        Options = options;
        Config = config;
        Session = session;
        _prefixes = prefixes;
        StepsOfEpoch = (int)(((long)data.Rows.Count + options.BatchSize - 1) / options.BatchSize);
        Steps = options.Steps ?? StepsOf(options.Epochs, StepsOfEpoch);
        Rows = new RowMaker(prefixes, Steps > StepsOfEpoch ? [] : RowsReadOnce(data));
        EvaluationSteps = options.EvaluationSteps ?? Math.Max(FewestEvaluationSteps, (Steps + Evaluations - 1) / Evaluations);
        int warmup = options.WarmupSteps ?? LearningRate.DefaultWarmup(Steps);
        Rate = new LearningRate(options.LearningRate, options.Schedule, warmup, Steps);
        Optimizer = new AdamW(new AdamWSettings(options.WeightDecay), [.. session.Tensors.Select(tensor => tensor.Values.Length)]);
        State = new TrainingState
        {
            Data = data.Hash,
            Base = $"{model.Manifest.Base.Fingerprint}, {model.Manifest.Precision.Name}",
            Options = OptionList.Of(options, config, Steps, warmup, EvaluationSteps, threads),
        };
        Best = [.. session.Tensors.Select(tensor => new float[tensor.Values.Length])];
    }

    public AloraModel Model { get; }

    public TrainingData Data { get; }

    public TrainingOptions Options { get; }

    /// <summary>What the adapter's configuration will say.</summary>
    public PeftAdapterConfig Config { get; }

    public TrainingSession Session { get; }

    public RowMaker Rows { get; }

    public LearningRate Rate { get; }

    public AdamW Optimizer { get; }

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
    public long KeptPrefixBytes => PrefixRows.BytesPerId(Model.Manifest) * Data.Rows.Concat(Data.HeldOut).Where(Rows.Keeps)
        .Select(PrefixOf).Distinct(new ExampleKey()).Sum(prefix => (long)prefix.Ids.Length);

    /// <summary>Bytes of the prefixes that are in memory.</summary>
    public long PrefixMemoryBytes => _prefixes.MemoryBytes;

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

        // Prefixes must not depend on which were computed before them, so that the runtime's own cache of them is off.
        AloraModel model = AloraModel.Open(
            modelFolder, new AloraModelOptions { IntraOpThreads = threads, ExecutionProvider = ExecutionProvider.Cpu });
        TrainingSession? session = null;
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
            session = TrainingSession.Open(modelFolder, new TrainingTargets(config), new TrainingSessionOptions
            {
                Threads = threads,
                Dropout = options.Dropout,
                Seed = unchecked((ulong)options.Seed),
                HasPrefixes = data.Form.Kind == AdapterKind.Alora,
            });
            Fill(session, start, options.Seed);
            PrefixStore prefixes = new(
                model.Loaded.Session, options.PrefixCacheBytes, new PrefixFile(model.Manifest, scratch, options.PrefixFileBytes));
            return new TrainingSetup(model, data, options, config, session, prefixes, threads);
        }
        catch
        {
            session?.Dispose();
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

        checkpoint.ReadTensors(Session.Tensors, Optimizer, Best);
        State = state;
        Optimizer.Updates = state.Step;
        Session.Runs = state.Runs;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _prefixes.Dispose();
        Session.Dispose();
        Model.Dispose();
    }

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

    private static TrainingExample PrefixOf(TrainingExample row) =>
        row with { Ids = row.Ids[..row.ActivationStart], CompletionStart = 0 };

    private static void Fill(TrainingSession session, IReadOnlyList<BoundModule>? start, int seed)
    {
        if (start is null)
        {
            AdapterStart.Fill(session.Tensors, seed);
            return;
        }

        Dictionary<string, TrainedTensor> byName = session.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
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
