using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Training;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Training.Graphs;
using ALoRA.Onnx.Training.Optimization;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Training.Devices;

/// <summary>
/// Trains on a device: weights, prefixes, parameters, gradients and moments stay there, and each kind of run, the optimizer's among them,
/// is captured once and replayed. Not thread-safe; the caller disposes it.
/// </summary>
/// <remarks>The same device, options, values and micro-batches in the same order give the same bits.</remarks>
internal sealed class DeviceTrainer : ITrainer
{
    private readonly TrainingDevice _device;
    private readonly TrainingSessionOptions _options;
    private readonly TrainingLayout _layout;
    private readonly TrainingGraph _graph;
    private readonly BatchModel _model;
    private readonly BatchGrid _grid;
    private readonly InferenceSession _session;
    private readonly DeviceOptimizer _optimizer;
    private readonly List<float[]> _values;
    private readonly Dictionary<(int Count, int Suffix, int Prefix, int Heads), BucketRun> _buckets = [];
    private bool _isCleared = true;

    private DeviceTrainer(
        TrainingDevice device, ModelManifest manifest, TrainingLayout layout, TrainingGraph graph, IReadOnlyList<TrainedTensor> tensors,
        TrainingSessionOptions options, AdamWSettings settings, DeviceSizes sizes)
    {
        _device = device;
        _options = options;
        _layout = layout;
        _graph = graph;
        Tensors = tensors;
        _values = [.. tensors.Select(tensor => tensor.Values)];
        Optimizer = new AdamW(settings, [.. _values.Select(values => values.Length)]);
        _model = new BatchModel(
            manifest.LayerCount, manifest.KeyValueHeads, manifest.HeadDim, manifest.VocabularySize, manifest.RotarySwitchLength,
            options.HasPrefixes);
        PrefixPages? pages = null;
        DeviceOptimizer? optimizer = null;
        try
        {
            pages = options.HasPrefixes
                ? new PrefixPages(device.Memory, manifest, sizes.PageSize, sizes.PassingPages, sizes.LastingPages)
                : null;
            optimizer = new DeviceOptimizer(device, VectorLayout.Of(tensors));
            _session = device.Open("the training graph", graph.Model.ToByteArray());
        }
        catch
        {
            optimizer?.Dispose();
            pages?.Dispose();
            throw;
        }

        Pages = pages;
        _optimizer = optimizer;
        _grid = new BatchGrid(sizes.Rows, pages);
    }

    public IReadOnlyList<TrainedTensor> Tensors { get; }

    public AdamW Optimizer { get; }

    public ulong Runs { get; set; }

    public int? RowsOfRun => _grid.Rows;

    public PrefixPages? Pages { get; }

    /// <summary>Number of shapes that have run.</summary>
    public int Buckets => _buckets.Count;

    /// <summary>Makes the training graph of a folder for a device; all parameters are zero.</summary>
    /// <param name="device">What computes; disposed with the trainer.</param>
    /// <param name="modelFolder">A folder that the exporter wrote.</param>
    /// <param name="targets">What is trained.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="settings">Constants of the optimizer.</param>
    /// <param name="sizes">Sizes of what it needs on the device.</param>
    /// <exception cref="Export.CheckpointFormatException">The targets do not fit the model.</exception>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses the graph.</exception>
    /// <exception cref="NotSupportedException">An operator has no gradient rule, or no kernel there.</exception>
    /// <exception cref="InsufficientMemoryException">The device has not so much memory.</exception>
    public static DeviceTrainer Open(
        TrainingDevice device, string modelFolder, TrainingTargets targets, TrainingSessionOptions options, AdamWSettings settings,
        DeviceSizes sizes)
    {
        ModelManifest manifest = ModelFolder.Read(modelFolder);
        ExportedModel model = ExportedModel.Open(modelFolder);
        IReadOnlyList<TrainedBranch> branches = targets.BranchesOf(model);
        TrainingLayout layout = new(branches, options.HasPrefixes, options.Dropout > 0, PageSize: sizes.PageSize);
        TrainingGraph graph = TrainingGraph.Read(Path.Combine(modelFolder, manifest.GraphFile), layout);
        if (device.Provider.Name == ExecutionProvider.CudaName)
        {
            CudaKernels.Check(graph.Model);
        }

        List<TrainedTensor> tensors =
        [
            .. Graphs.TrainingSession.PlanTensors(targets, model, branches)
                .Select(plan => new TrainedTensor(plan.Name, plan.Shape, plan.GraphName)),
        ];
        return new DeviceTrainer(device, manifest, layout, graph, tensors, options, settings, sizes);
    }

    public void ClearGradients() => _isCleared = true;

    public MicroBatchResult Run(MicroBatch batch)
    {
        batch.Check(_model);
        ulong run = Runs++;
        if (!batch.HasLabels)
        {
            return default;
        }

        using BatchInputs inputs = new(batch, _model, _graph, _grid);
        if (_options.Dropout > 0)
        {
            new DropoutMasks(_options.Dropout, _options.Seed).Add(inputs, _layout.Branches, _graph.BranchesOfHeadRows, run);
        }

        MicroBatchResult result = RunBucket(batch, inputs);
        _optimizer.Add(_isCleared, 1 / _graph.GradientScale);
        _isCleared = false;
        return result;
    }

    public MicroBatchResult Evaluate(MicroBatch batch)
    {
        batch.Check(_model);
        if (!batch.HasLabels)
        {
            return default;
        }

        // The graph of the training, whose gradients nobody reads: another one would need memory for its activations.
        using BatchInputs inputs = new(batch, _model, _graph, _grid);
        if (_options.Dropout > 0)
        {
            new DropoutMasks(0, _options.Seed).Add(inputs, _layout.Branches, _graph.BranchesOfHeadRows, run: 0);
        }

        return RunBucket(batch, inputs);
    }

    public double Update(double rate, double? clip)
    {
        if (_isCleared)
        {
            _optimizer.Add(isFirst: true, share: 0);
        }

        return _optimizer.Step(Optimizer.CountStep(rate, clip));
    }

    public void Pull() => _optimizer.Pull(_values, Optimizer);

    public void PullGradients()
    {
        if (_isCleared)
        {
            _optimizer.Add(isFirst: true, share: 0);
        }

        _optimizer.PullGradients([.. Tensors.Select(tensor => tensor.Gradient)]);
    }

    public void Push() => _optimizer.Push(_values, Optimizer);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (BucketRun bucket in _buckets.Values)
        {
            bucket.Dispose();
        }

        _session.Dispose();
        _optimizer.Dispose();
        Pages?.Dispose();
        _device.Dispose();
    }

    private MicroBatchResult RunBucket(MicroBatch batch, BatchInputs inputs)
    {
        BatchShape shape = inputs.Shape;
        (int, int, int, int) key = (shape.Count, shape.Suffix, shape.Prefix, shape.Heads);
        if (!_buckets.TryGetValue(key, out BucketRun? bucket))
        {
            _buckets[key] = bucket = new BucketRun(_device, _session, inputs, _optimizer, Tensors, Pages, _model.Layers);
        }

        return bucket.Run(batch, inputs);
    }
}
