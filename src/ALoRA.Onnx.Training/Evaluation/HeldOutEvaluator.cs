using ALoRA.Onnx.Training.Graphs;
using ALoRA.Onnx.Training.Optimization;
using ALoRA.Onnx.Training.Prefixes;

namespace ALoRA.Onnx.Training.Evaluation;

/// <summary>Loss and exact match over rows that are held out, by teacher forcing: forward runs alone, without dropout.</summary>
internal sealed class HeldOutEvaluator(ITrainer trainer, RowMaker maker, IReadOnlyList<TrainingExample> rows, int? size)
{
    /// <summary>Evaluates the trainer's parameters.</summary>
    /// <returns>Mean loss of all labels, and share of the rows that are right as a whole.</returns>
    public (double Loss, double Accuracy) Evaluate(CancellationToken cancellationToken)
    {
        int labels = rows.Sum(RowMaker.LabelsOf);
        double loss = 0;
        int exact = 0;
        foreach (IReadOnlyList<TrainingExample> batch in MicroBatches.Of(rows, size))
        {
            cancellationToken.ThrowIfCancellationRequested();
            MicroBatchResult result = trainer.Evaluate(
                new MicroBatch([.. batch.Select(row => maker.Of(row, cancellationToken))], labels));
            loss += result.Loss;
            exact += result.ExactRows;
        }

        return (loss, (double)exact / rows.Count);
    }

    /// <summary>Runs the largest of the micro-batches, for what it takes.</summary>
    public void EvaluateLongest(CancellationToken cancellationToken)
    {
        IReadOnlyList<IReadOnlyList<TrainingExample>> batches = MicroBatches.Of(rows, size);
        foreach (IReadOnlyList<TrainingExample> batch in new[]
            {
                batches.MaxBy(batch => batch.Count * batch.Max(row => row.Ids.Length))!,
                batches.MaxBy(batch => batch.Count * batch.Max(row => row.Ids.Length - row.ActivationStart))!,
            })
        {
            trainer.Evaluate(new MicroBatch([.. batch.Select(row => maker.Of(row, cancellationToken))], LabelsOfStep: 1));
        }
    }
}
