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
}
