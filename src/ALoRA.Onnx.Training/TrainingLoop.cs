using System.Diagnostics;
using ALoRA.Onnx.Training.Checkpoints;
using ALoRA.Onnx.Training.Data;
using ALoRA.Onnx.Training.Evaluation;
using ALoRA.Onnx.Training.Graphs;
using ALoRA.Onnx.Training.Optimization;
using ALoRA.Onnx.Training.Prefixes;

namespace ALoRA.Onnx.Training;

/// <summary>
/// The steps of a training: rows of the epoch's order, forward and backward, one update; now and then loss and accuracy over the rows held
/// out, and a checkpoint. What a step does depends on the state alone, so that a resumed training ends at the same bits.
/// </summary>
/// <param name="setup">What is trained.</param>
/// <param name="checkpoint">Where checkpoints go.</param>
/// <param name="progress">Receives each step; may be null.</param>
internal sealed class TrainingLoop(TrainingSetup setup, CheckpointFolder checkpoint, IProgress<TrainingStep>? progress)
{
    private readonly ITrainer _trainer = setup.Trainer;
    private readonly TrainingOptions _options = setup.Options;
    private readonly HeldOutEvaluator? _evaluator = setup.Data.HeldOut.Count == 0 ? null : new HeldOutEvaluator(
        setup.Trainer, setup.Rows, setup.Data.HeldOut, setup.Trainer.RowsOfRun ?? setup.Options.MicroBatchSize);

    private readonly List<float[]> _values = [.. setup.Trainer.Tensors.Select(tensor => tensor.Values)];
    private (int Epoch, int[] Order)? _order;
    private TimeSpan _stepTime;
    private long _tokens;
    private int _examples;
    private int _steps;

    /// <summary>Rows of the last step.</summary>
    public IReadOnlyList<TrainingExample> LastRows { get; private set; } = [];

    private TrainingState State => setup.State;

    private bool IsEvaluationDue => State.Step > State.EvaluatedStep
        && (State.Step % setup.EvaluationSteps == 0 || State.Step == setup.Steps);

    private bool IsFinished => State.IsStopped || State.Step >= setup.Steps;

    /// <summary>Makes all steps that are left, and puts the best adapter into <see cref="TrainingSetup.Best"/>.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; the checkpoint is of the last whole step.</exception>
    /// <exception cref="IOException">A checkpoint cannot be written; the one before it is still there.</exception>
    /// <exception cref="InvalidOperationException">The numbers have overflowed before any evaluation.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                // An evaluation that was cancelled is made before the next step, as it may end the training.
                if (IsEvaluationDue)
                {
                    Evaluate(cancellationToken);
                    Save();
                }

                if (IsFinished)
                {
                    return;
                }

                RunStep(cancellationToken);
            }
        }
        catch (NoNumberException exception) when (State.BestStep > 0)
        {
            // What was good before is kept: the evaluation that found it has been made.
            State.IsStopped = true;
            setup.Problem = $"{exception.Message} The adapter of step {State.BestStep}, the best so far, was kept.";
            Report(TrainingStage.Training);
        }
        catch (OperationCanceledException)
        {
            Save();
            throw;
        }
    }

    /// <summary>Makes one step.</summary>
    /// <returns>Its time.</returns>
    public TimeSpan RunStep(CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        IReadOnlyList<TrainingExample> rows = RowsOfStep();
        LastRows = rows;
        ulong runs = _trainer.Runs;
        double loss;
        try
        {
            loss = RunRows(rows, cancellationToken);
        }
        catch
        {
            // The step is made again, and must leave out the same inputs then.
            _trainer.Runs = runs;
            throw;
        }

        double rate = setup.Rate.At(State.Step);
        RequireNumbers(State.Step + 1, loss, norm: 0);
        double norm = _trainer.Update(rate, _options.ClipNorm);
        RequireNumbers(State.Step + 1, loss, norm);
        State.Step++;
        State.Epoch = State.Step / setup.StepsOfEpoch;
        State.Position = State.Step % setup.StepsOfEpoch * _options.BatchSize;
        State.Runs = _trainer.Runs;
        State.Steps.Add(new StepFigures(State.Step, loss, rate, norm));
        TimeSpan time = Stopwatch.GetElapsedTime(started);
        State.Seconds += time.TotalSeconds;
        _stepTime += time;
        _steps++;
        _examples += rows.Count;
        _tokens += rows.Sum(row => row.Ids.Length - row.ActivationStart);
        Report(TrainingStage.Training);
        return time;
    }

    /// <summary>
    /// Runs the rows that take most memory and keeps nothing but gradients: the longest rows, the longest suffixes, an evaluation.
    /// </summary>
    public void RunLongest(CancellationToken cancellationToken)
    {
        TrainingExample[] all = [.. setup.Data.Rows, .. setup.Data.HeldOut];
        foreach (IReadOnlyList<TrainingExample> rows in LargestRuns.StepsOf(all, _options.BatchSize))
        {
            RunRows(rows, cancellationToken);
        }

        // An evaluation has a graph of its own on the processor, with memory for the largest of its runs.
        _evaluator?.EvaluateLongest(cancellationToken);
    }

    private IReadOnlyList<TrainingExample> RowsOfStep()
    {
        int epoch = State.Step / setup.StepsOfEpoch;
        if (_order?.Epoch != epoch)
        {
            _order = (epoch, new SeededNumbers(_options.Seed, $"epoch {epoch}").Order(setup.Data.Rows.Count));
        }

        int first = State.Step % setup.StepsOfEpoch * _options.BatchSize;
        return [.. _order!.Value.Order.Skip(first).Take(_options.BatchSize).Select(row => setup.Data.Rows[row])];
    }

    private double RunRows(IReadOnlyList<TrainingExample> rows, CancellationToken cancellationToken)
    {
        _trainer.ClearGradients();
        int labels = rows.Sum(RowMaker.LabelsOf);
        double loss = 0;
        foreach (IReadOnlyList<TrainingExample> batch in MicroBatches.Of(rows, _trainer.RowsOfRun ?? _options.MicroBatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            loss += _trainer.Run(new MicroBatch([.. batch.Select(row => setup.Rows.Of(row, cancellationToken))], labels)).Loss;
        }

        return loss;
    }

    private void Evaluate(CancellationToken cancellationToken)
    {
        if (_evaluator is null)
        {
            State.EvaluatedStep = State.Step;
            Keep();
            return;
        }

        Report(TrainingStage.Evaluating);
        long started = Stopwatch.GetTimestamp();
        (double loss, double accuracy) = _evaluator.Evaluate(cancellationToken);
        RequireNumbers(State.Step, loss, norm: 0);
        State.Seconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
        State.EvaluatedStep = State.Step;
        State.Evaluations.Add(new EvaluationFigures(State.Step, loss, accuracy));
        if (State.BestLoss is null || loss < State.BestLoss)
        {
            State.BestLoss = loss;
            State.WorseEvaluations = 0;
            Keep();
        }
        else if (++State.WorseEvaluations >= _options.Patience)
        {
            State.IsStopped = State.Step < setup.Steps;
        }

        Report(TrainingStage.Training);
    }

    private void RequireNumbers(int step, double loss, double norm)
    {
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            throw new NoNumberException(
                $"Step {step}: the loss is {loss} and the norm of the gradients {norm}, which are no numbers to go "
                + "on with. Begin anew with a "
                + $"lower learning rate than {_options.LearningRate}.");
        }
    }

    private void Keep()
    {
        _trainer.Pull();

        // The last update may have led where no later loss would show it.
        double sum = _values.Sum(values => System.Numerics.Tensors.TensorPrimitives.SumOfMagnitudes<float>(values));
        if (!double.IsFinite(sum))
        {
            throw new NoNumberException(
                $"Step {State.Step}: weights have become {sum}. Begin anew with a lower learning rate than {_options.LearningRate}.");
        }

        State.BestStep = State.Step;
        for (int i = 0; i < _values.Count; i++)
        {
            _values[i].CopyTo(setup.Best[i], 0);
        }
    }

    private void Save()
    {
        _trainer.Pull();
        checkpoint.Write(State, _trainer.Tensors, _trainer.Optimizer, setup.Best);
    }

    private void Report(TrainingStage stage)
    {
        StepFigures? last = State.Steps.Count > 0 ? State.Steps[^1] : null;
        EvaluationFigures? evaluation = State.Evaluations.Count > 0 ? State.Evaluations[^1] : null;
        double seconds = _stepTime.TotalSeconds;
        progress?.Report(new TrainingStep
        {
            Stage = stage,
            Step = State.Step,
            Steps = setup.Steps,
            Epoch = ((State.Step - 1) / setup.StepsOfEpoch) + 1,
            Loss = last?.Loss,
            LearningRate = last?.Rate ?? 0,
            GradientNorm = last?.Norm ?? 0,
            HeldOutLoss = evaluation?.Loss,
            HeldOutAccuracy = evaluation?.Accuracy,
            TokensPerSecond = seconds > 0 ? _tokens / seconds : 0,
            ExamplesPerSecond = seconds > 0 ? _examples / seconds : 0,
            Remaining = _steps > 0 ? _stepTime / _steps * (setup.Steps - State.Step) : null,
            Note = setup.Problem ?? setup.Note,
        });
    }
}
