using System.Diagnostics;
using ALoRA.Onnx.Training.Checkpoints;
using ALoRA.Onnx.Training.Data;
using ALoRA.Onnx.Training.Options;

namespace ALoRA.Onnx.Training;

/// <summary>
/// Trains activated LoRA and LoRA adapters of an exported model. An activated LoRA's prompts are computed once by the base; training runs
/// over the tokens from the invocation on. Does not change; any thread, one training of a folder at a time.
/// </summary>
/// <remarks>
/// The same machine, ONNX Runtime, threads, data and options give the same bits, interrupted and resumed or not. Nothing appears under the
/// names of the results before all of them are complete.
/// </remarks>
public sealed class AdapterTrainer
{
    private const int ShownExamples = 3;

    private readonly string _modelFolder;
    private readonly TrainingOptions _options;

    /// <summary>A trainer.</summary>
    /// <param name="modelFolder">A folder that <c>alora export</c> wrote, in float32, int8, int4 or blocks of GGUF.</param>
    /// <param name="options">What to train, and how.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public AdapterTrainer(string modelFolder, TrainingOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelFolder);
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Check(options);
        _modelFolder = Path.GetFullPath(modelFolder);
        _options = options;
    }

    /// <summary>Trains an adapter, writes it, converts it into the model folder, and asks it through the runtime.</summary>
    /// <param name="dataFile">The rows; see <see cref="TrainingData"/>.</param>
    /// <param name="outputFolder">
    /// The folder to make: <c>adapter_model.safetensors</c>, <c>adapter_config.json</c>, <c>report.json</c> and <c>losses.svg</c>. The
    /// checkpoint is beside it while the training lasts.
    /// </param>
    /// <param name="progress">Receives each step; may be null.</param>
    /// <param name="cancellationToken">Ends the training between runs; a checkpoint is left from which it can be resumed.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="TrainingDataException">Rows are faulty.</exception>
    /// <exception cref="FormatException">The model, a definition, an adapter or a checkpoint is malformed, or does not fit.</exception>
    /// <exception cref="ArgumentException">Options are missing or contradict each other.</exception>
    /// <exception cref="NotSupportedException">An operator of the model has no gradient rule, or it computes in 16 bits.</exception>
    /// <exception cref="IOException">A folder exists and may not be replaced, or the disk is full or cannot be written.</exception>
    /// <exception cref="InvalidOperationException">The numbers overflowed: the learning rate is too high.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<TrainingReport> TrainAsync(
        string dataFile, string outputFolder, IProgress<TrainingStep>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(dataFile);
        ArgumentException.ThrowIfNullOrEmpty(outputFolder);
        TrainingTarget target = TrainingTarget.Of(_modelFolder, outputFolder, _options);
        return Task.Run(() => TrainAsync(dataFile, target, progress, cancellationToken), cancellationToken);
    }

    /// <summary>Reads and checks the data, and measures a step; keeps nothing.</summary>
    /// <param name="dataFile">The rows; see <see cref="TrainingData"/>.</param>
    /// <param name="cancellationToken">Ends it between runs.</param>
    /// <returns>What a training would do.</returns>
    /// <inheritdoc cref="TrainAsync(string, string, IProgress{TrainingStep}?, CancellationToken)"/>
    public Task<TrainingPlan> PlanAsync(string dataFile, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(dataFile);
        return Task.Run(() => Plan(dataFile, cancellationToken), cancellationToken);
    }

    /// <summary>Where the checkpoint of a training that writes a folder is while it lasts, and after it was cancelled.</summary>
    /// <param name="outputFolder">The folder that is written.</param>
    public static string CheckpointOf(string outputFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputFolder);
        return CheckpointFolder.Of(outputFolder).Path;
    }

    private async Task<TrainingReport> TrainAsync(
        string dataFile, TrainingTarget target, IProgress<TrainingStep>? progress, CancellationToken cancellationToken)
    {
        progress?.Report(new TrainingStep { Stage = TrainingStage.Opening });
        CheckpointFolder checkpoint = CheckpointFolder.Of(target.Output);
        target.Check(checkpoint);
        using TrainingLock place = TrainingLock.Take(target.Output);
        using TrainingSetup setup = TrainingSetup.Open(
            _modelFolder, dataFile, Path.GetDirectoryName(target.Output)!, _options, cancellationToken);
        if (_options.Resume)
        {
            setup.Resume(checkpoint);
        }

        progress?.Report(new TrainingStep
        {
            Stage = TrainingStage.Starting,
            Step = setup.State.Step,
            Steps = setup.Steps,
            LearningRate = _options.LearningRate,
            DeviceMemory = setup.Need is { } need ? $"{need}" : null,
        });
        new TrainingLoop(setup, checkpoint, progress).Run(cancellationToken);
        progress?.Report(new TrainingStep { Stage = TrainingStage.Finishing, Step = setup.State.Step, Steps = setup.Steps });
        TrainingReport report = await new TrainingOutput(setup, target).WriteAsync(cancellationToken).ConfigureAwait(false);
        DeleteAfterwards(checkpoint, target.Output);
        return report;
    }

    private static void DeleteAfterwards(CheckpointFolder checkpoint, string output)
    {
        try
        {
            checkpoint.Delete();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"{output} is complete, but {checkpoint.Path}, which is not needed any more, can't be deleted: {exception.Message} "
                + "Delete it before the next training of that name.", exception);
        }
    }

    private TrainingPlan Plan(string dataFile, CancellationToken cancellationToken)
    {
        using TemporaryScratch scratch = new();
        using TrainingSetup setup = TrainingSetup.Open(_modelFolder, dataFile, scratch.Path, _options, cancellationToken);
        TrainingLoop loop = new(setup, CheckpointFolder.Of(Path.Combine(scratch.Path, "plan")), progress: null);
        // One step says what time it takes. On the processor what larger ones take beyond its memory is counted, not tried out.
        TimeSpan time = loop.RunStep(cancellationToken);
        if (setup.Need is not null)
        {
            loop.RunLongest(cancellationToken);
        }

        long more = setup.Need is null ? setup.MoreMemoryThan(loop.LastRows) : 0;
        using Process process = Process.GetCurrentProcess();
        long measured = process.PeakWorkingSet64 + more;
        long kept = setup.KeptPrefixBytes;
        long inMemory = Math.Min(kept, _options.PrefixCacheBytes);
        HfTokenizer tokenizer = setup.Model.Tokenizer;
        return new TrainingPlan
        {
            Data = setup.Data,
            Steps = setup.Steps,
            StepsOfEpoch = setup.StepsOfEpoch,
            Parameters = setup.Trainer.Tensors.Sum(tensor => (long)tensor.Values.Length),
            PrefixBytes = kept,
            PrefixMemoryBytes = inMemory,
            PrefixFileBytes = Math.Min(kept - inMemory, _options.PrefixFileBytes),
            PeakMemoryBytes = measured + Math.Max(0, inMemory - setup.PrefixMemoryBytes),
            DeviceMemory = setup.Need is { } need ? $"{need}" : null,
            DeviceMemoryBytes = setup.DeviceBytes,
            LearningRate = _options.LearningRate,
            SecondsOfStep = time.TotalSeconds,
            Examples = [.. setup.Data.Rows.Take(ShownExamples).Select(row =>
                $"{tokenizer.Decode(row.Ids.Span[..row.CompletionStart]).ReplaceLineEnds()}"
                + $"⟦{tokenizer.Decode(row.Ids.Span[row.CompletionStart..]).ReplaceLineEnds()}⟧")],
        };
    }
}
