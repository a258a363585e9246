using ALoRA.Onnx.Export;
using ALoRA.Onnx.Training.Devices;
using ALoRA.Onnx.Training.Graphs;
using ALoRA.Onnx.Training.Optimization;

namespace ALoRA.Onnx.Training.Golden;

/// <summary>One recorded training, repeated on a model: aLoRA over cached prefixes, as it is trained.</summary>
internal sealed class CaseReplay : IDisposable
{
    private readonly AloraModel _model;
    private readonly RecordedTraining _record;
    private readonly ITrainer _trainer;
    private readonly RecordedTensors _recorded;
    private readonly IReadOnlyList<float[]> _gradients;

    public CaseReplay(AloraModel model, RecordedTraining record, AloraModelOptions options)
    {
        _model = model;
        _record = record;
        CheckIds(record);
        TrainingSessionOptions training = new()
        {
            Threads = options.IntraOpThreads ?? 0,
            HasPrefixes = record.Kind == AdapterKind.Alora,
        };
        TrainingTargets targets = new(record.Config);

        // The record says what there is before memory is taken for what the configuration asks for.
        _recorded = RecordedTensors.Open(record, TrainingSession.PlanTensors(model.Folder, targets));
        try
        {
            _trainer = Open(model, record, targets, training, options.ExecutionProvider);
        }
        catch
        {
            _recorded.Dispose();
            throw;
        }

        _gradients = [.. _trainer.Tensors.Select(tensor => tensor.Gradient)];
    }

    public TrainingReplayResult Run(CancellationToken cancellationToken)
    {
        foreach (TrainedTensor tensor in _trainer.Tensors)
        {
            _recorded.Read("initial", tensor).CopyTo(tensor.Values.AsSpan());
        }

        _trainer.Push();

        double? cached = _record.Kind == AdapterKind.Alora ? CompareWithWhole(cancellationToken) : null;
        (double loss, double norm) = (0, 0);
        (double Distance, string Name) gradient = (0, "");
        for (int step = 0; step < _record.Batches.Count; step++)
        {
            _trainer.ClearGradients();
            double found = _trainer.Run(Batch(_record.Batches[step], cancellationToken)).Loss;
            loss = Worse(loss, Math.Abs(found - _record.Losses[step]));
            if (step == 0)
            {
                _trainer.PullGradients();
                gradient = Farthest("gradient", tensor => tensor.Gradient);
            }

            norm = Worse(norm, Relative(_trainer.Update(_record.Rate.At(step), _record.ClipNorm), _record.GradientNorms[step]));
        }

        _trainer.Pull();
        (double Distance, string Name) weight = Farthest("final", tensor => tensor.Values);
        double heldOut = _trainer.Evaluate(Batch(_record.HeldOut, cancellationToken)).Loss;
        return new TrainingReplayResult
        {
            Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(_record.Folder))),
            Model = _record.Model,
            Kind = _record.Kind,
            Updates = _record.Batches.Count,
            Tensors = _trainer.Tensors.Count,
            Loss = loss,
            FirstGradient = gradient.Distance,
            FarthestGradient = gradient.Name,
            GradientNorm = norm,
            FinalWeight = weight.Distance,
            FarthestWeight = weight.Name,
            HeldOutLoss = Math.Abs(heldOut - _record.Evaluation),
            CachedPrefix = cached,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trainer.Dispose();
        _recorded.Dispose();
    }

    private ITrainer Open(
        AloraModel model, RecordedTraining record, TrainingTargets targets, TrainingSessionOptions training, ExecutionProvider wanted)
    {
        ExecutionProvider provider = TrainerOpener.ProviderOf(wanted, model.Manifest);
        if (provider.Name == ExecutionProvider.CpuName)
        {
            return TrainerOpener.OnProcessor(model, targets, training, record.Optimizer);
        }

        List<IReadOnlyList<RecordedRow>> batches = [.. record.Batches, record.HeldOut];
        return TrainerOpener.OnDevice(
            model, provider, targets, training, record.Optimizer,
            TrainerOpener.SizesOfReplay(
                model.Manifest, batches.Max(batch => batch.Count), batches.Max(batch => batch.Max(row => StartOf(row)))),
            need: null);
    }

    private double CompareWithWhole(CancellationToken cancellationToken)
    {
        IReadOnlyList<RecordedRow> rows = _record.Batches[0];
        _trainer.ClearGradients();
        double loss = _trainer.Run(Batch(rows, cancellationToken)).Loss;
        _trainer.PullGradients();
        float[][] gradients = [.. _gradients.Select(gradient => gradient.ToArray())];
        _trainer.ClearGradients();
        double whole = _trainer.Run(new MicroBatch([.. rows.Select(row => Whole(row, StartOf(row)))], LabelsOf(rows))).Loss;
        _trainer.PullGradients();
        return gradients.Select((gradient, i) => Distance(gradient, _gradients[i])).Append(Relative(loss, whole)).Aggregate(Worse);
    }

    private MicroBatch Batch(IReadOnlyList<RecordedRow> rows, CancellationToken cancellationToken) =>
        new([.. rows.Select(row => Row(row, cancellationToken))], LabelsOf(rows));

    private TrainingRow Row(RecordedRow row, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int start = StartOf(row);

        // A label before the adapter's first row is the base's to give, and counts in the loss.
        return start == 0 || row.Labels.AsSpan(1, start).ContainsAnyExcept(TrainingRow.NoLabel)
            ? Whole(row, start)
            : new TrainingRow(
                row.Ids.AsMemory(start), row.Labels.AsMemory(start),
                PrefixRows.Compute(_model.Loaded.Session, row.Ids, start, cancellationToken));
    }

    private static TrainingRow Whole(RecordedRow row, int start) => new(row.Ids, row.Labels, Prefix: null, start);

    // The adapter acts from the last invocation on.
    private int StartOf(RecordedRow row)
    {
        if (_record.Kind == AdapterKind.Lora)
        {
            return 0;
        }

        int[] invocation = [.. _record.Config.InvocationTokens];
        int start = row.Ids.AsSpan().LastIndexOf(invocation);
        return start >= 0
            ? start
            : throw new CheckpointFormatException(
                $"{_record.RecordPath}: 'ids': expected the invocation [{string.Join(", ", invocation)}] in each sequence, found none in "
                + $"[{string.Join(", ", row.Ids.Take(8))}, …]. Record the training again.");
    }

    private static int LabelsOf(IReadOnlyList<RecordedRow> rows) =>
        rows.Sum(row => row.Labels.Length - 1 - row.Labels.AsSpan(1).Count(TrainingRow.NoLabel));

    private void CheckIds(RecordedTraining record)
    {
        int vocabulary = _model.Manifest.VocabularySize;
        foreach (RecordedRow row in record.Batches.SelectMany(batch => batch).Concat(record.HeldOut))
        {
            int largest = row.Ids.Concat(row.Labels).Max();
            if (largest >= vocabulary || row.Ids.Length > _model.MaxLength)
            {
                throw new CheckpointFormatException(
                    $"{record.RecordPath}: 'ids': expected at most {_model.MaxLength} ids below {vocabulary}, the model's vocabulary, got "
                    + $"{row.Ids.Length} ids, the largest {largest}. Verify the checkpoint that it was recorded on.");
            }
        }
    }

    private (double Distance, string Name) Farthest(string kind, Func<TrainedTensor, float[]> of)
    {
        (double Distance, string Name) farthest = (-1, "");
        foreach (TrainedTensor tensor in _trainer.Tensors)
        {
            double distance = Distance(of(tensor), _recorded.Read(kind, tensor));
            farthest = Worse(farthest.Distance, distance).Equals(farthest.Distance) ? farthest : (distance, tensor.Name);
        }

        return farthest;
    }

    private static double Distance(float[] actual, float[] expected)
    {
        const double Smallest = 1e-30;
        (double difference, double norm) = (0, 0);
        for (int i = 0; i < expected.Length; i++)
        {
            double off = (double)actual[i] - expected[i];
            difference += off * off;
            norm += (double)expected[i] * expected[i];
        }

        return Math.Sqrt(difference / Math.Max(norm, Smallest));
    }

    private static double Relative(double actual, double expected)
    {
        const double Smallest = 1e-15;
        return Math.Abs(actual - expected) / Math.Max(Math.Abs(expected), Smallest);
    }

    // What is no number is worse than any.
    private static double Worse(double left, double right) => double.IsNaN(left) || left > right ? left : right;
}
