using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Optimization;

/// <summary>
/// Goes forward and backward and makes steps, wherever parameters, gradients and moments are. Not thread-safe; the caller disposes it.
/// </summary>
internal interface ITrainer : IDisposable
{
    /// <summary>What is trained. Values are current after <see cref="Pull"/>, gradients after <see cref="PullGradients"/>.</summary>
    IReadOnlyList<TrainedTensor> Tensors { get; }

    /// <summary>The moments, current after <see cref="Pull"/>, and the number of steps.</summary>
    AdamW Optimizer { get; }

    /// <summary>Number of backward runs so far, by which dropout differs; set when a training is resumed.</summary>
    ulong Runs { get; set; }

    /// <summary>Sequences that run at once, where their number is fixed; null where it depends on their lengths.</summary>
    int? RowsOfRun { get; }

    /// <summary>Where prefixes are kept that need no other memory; null for none.</summary>
    PrefixPages? Pages { get; }

    /// <summary>Makes all gradients zero.</summary>
    void ClearGradients();

    /// <summary>Goes forward and backward, and adds to the gradients.</summary>
    /// <exception cref="ArgumentException">A row does not fit the model.</exception>
    MicroBatchResult Run(MicroBatch batch);

    /// <summary>Goes forward alone, without dropout.</summary>
    /// <exception cref="ArgumentException">A row does not fit the model.</exception>
    MicroBatchResult Evaluate(MicroBatch batch);

    /// <summary>Clips the gradients and makes a step of the optimizer.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="clip">Norm to which gradients are clipped; null for none.</param>
    /// <returns>The norm before clipping; if it is no number, the parameters are not to be used any more.</returns>
    double Update(double rate, double? clip);

    /// <summary>Brings parameters and moments into the process's memory.</summary>
    void Pull();

    /// <summary>Brings the gradients into the process's memory.</summary>
    void PullGradients();

    /// <summary>Goes on with the parameters and moments that are in the process's memory.</summary>
    void Push();
}
