using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Optimization;

/// <summary>Trains on the processor, where all is in the process's memory.</summary>
internal sealed class HostTrainer : ITrainer
{
    private readonly TrainingSession _session;
    private readonly List<float[]> _values;
    private readonly List<float[]> _gradients;

    /// <summary>Takes over a session.</summary>
    /// <param name="session">The session, disposed with this.</param>
    /// <param name="settings">Constants of the optimizer.</param>
    public HostTrainer(TrainingSession session, AdamWSettings settings)
    {
        _session = session;
        _values = [.. session.Tensors.Select(tensor => tensor.Values)];
        _gradients = [.. session.Tensors.Select(tensor => tensor.Gradient)];
        Optimizer = new AdamW(settings, [.. _values.Select(values => values.Length)]);
    }

    public IReadOnlyList<TrainedTensor> Tensors => _session.Tensors;

    public AdamW Optimizer { get; }

    public int? RowsOfRun => null;

    public PrefixPages? Pages => null;

    public ulong Runs
    {
        get => _session.Runs;
        set => _session.Runs = value;
    }

    public void ClearGradients() => _session.ClearGradients();

    public MicroBatchResult Run(MicroBatch batch) => _session.Run(batch);

    public MicroBatchResult Evaluate(MicroBatch batch) => _session.Evaluate(batch);

    public double Update(double rate, double? clip)
    {
        double norm = GradientClip.Norm(_gradients);
        if (double.IsFinite(norm))
        {
            Optimizer.Update(_values, _gradients, rate, GradientClip.Factor(norm, clip));
        }

        return norm;
    }

    public void Pull()
    {
    }

    public void PullGradients()
    {
    }

    public void Push()
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();
}
