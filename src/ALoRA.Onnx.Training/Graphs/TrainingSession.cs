using System.Numerics.Tensors;
using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Export.Adapters.Binding;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Training;
using ALoRA.Onnx.Models;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Training.Graphs;

/// <summary>
/// The training graph of an exported folder: A and B, their gradients, forward and backward runs. Not thread-safe; the caller disposes it.
/// </summary>
/// <remarks>The same machine, threads, options, values and micro-batches in the same order give the same bits.</remarks>
internal sealed class TrainingSession : IDisposable
{
    private readonly string _folder;
    private readonly string _file;
    private readonly TrainingLayout _layout;
    private readonly TrainingSessionOptions _options;
    private readonly ChosenProvider _provider;
    private readonly BatchModel _model;
    private readonly Dictionary<string, OrtValue> _parameters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OrtValue> _gradients = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OrtValue> _more = new(StringComparer.Ordinal);
    private readonly List<float[]> _moreBuffers = [];
    private GradientGraph? _training;
    private GradientGraph? _evaluation;
    private bool _isCleared = true;

    private TrainingSession(
        string folder, ModelManifest manifest, IReadOnlyList<TrainedBranch> branches, IReadOnlyList<TrainedTensor> tensors,
        TrainingSessionOptions options)
    {
        _folder = folder;
        _file = manifest.GraphFile;
        _options = options;
        _layout = new TrainingLayout(branches, options.HasPrefixes, options.Dropout > 0);
        _provider = ProviderChooser.Choose(options.Provider, manifest);
        _model = new BatchModel(
            manifest.LayerCount, manifest.KeyValueHeads, manifest.HeadDim, manifest.VocabularySize, manifest.RotarySwitchLength,
            options.HasPrefixes);
        Tensors = tensors;
        foreach (TrainedTensor tensor in tensors)
        {
            long[] shape = tensor.Shape.Count == 1 ? [1, tensor.Shape[0]] : [.. tensor.Shape.Select(size => (long)size)];
            _parameters[tensor.GraphName] = OrtValue.CreateTensorValueFromMemory(tensor.Values, shape);
            _gradients[TrainingGraph.GradientOf(tensor.GraphName)] = OrtValue.CreateTensorValueFromMemory(tensor.Gradient, shape);
        }
    }

    /// <summary>What is trained, in the order of the model: of each module A, B and, where it has one, B's bias.</summary>
    public IReadOnlyList<TrainedTensor> Tensors { get; }

    /// <summary>Whether the weights are the base's, and in memory once.</summary>
    public bool SharesWeights => _training!.SharesWeights;

    /// <summary>Number of backward runs so far, by which dropout differs; set when a training is resumed.</summary>
    public ulong Runs { get; set; }

    /// <summary>Opens the training graph of a folder; all parameters are zero.</summary>
    /// <param name="modelFolder">A folder that the exporter wrote; nothing is written to it.</param>
    /// <param name="targets">What is trained.</param>
    /// <param name="options">How it runs.</param>
    /// <exception cref="Export.CheckpointFormatException">The targets do not fit the model.</exception>
    /// <exception cref="ModelFormatException">The folder is incomplete, or ONNX Runtime refuses its graph.</exception>
    /// <exception cref="NotSupportedException">An operator has no gradient rule, or the model computes in 16 bits.</exception>
    public static TrainingSession Open(string modelFolder, TrainingTargets targets, TrainingSessionOptions options)
    {
        modelFolder = Path.GetFullPath(modelFolder);
        ModelManifest manifest = ModelFolder.Read(modelFolder);
        ExportedModel model = ExportedModel.Open(modelFolder);
        RequireFloat32(modelFolder, manifest);
        IReadOnlyList<TrainedBranch> branches = targets.BranchesOf(model);
        List<TrainedTensor> tensors =
            [.. PlanTensors(targets, model, branches).Select(plan => new TrainedTensor(plan.Name, plan.Shape, plan.GraphName))];
        TrainingSession session = new(modelFolder, manifest, branches, tensors, options);
        try
        {
            session._training = session.OpenGraph(backward: true);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a model that the processor cannot train.</summary>
    /// <exception cref="NotSupportedException">It computes in 16 bits.</exception>
    public static void RequireFloat32(string modelFolder, ModelManifest manifest)
    {
        if (manifest.Precision.Activations != "float32")
        {
            throw new NotSupportedException(
                $"The model '{manifest.Name}' in {modelFolder} computes in {manifest.Precision.Activations}; training takes float32 on the "
                + "processor. Use CUDA (--provider cuda), or export it with --precision float32, int8 or int4.");
        }
    }

    /// <summary>What would be trained; no memory is taken for it, however large a rank a file asks for.</summary>
    /// <param name="modelFolder">A folder that the exporter wrote.</param>
    /// <param name="targets">What is trained.</param>
    /// <exception cref="Export.CheckpointFormatException">The targets do not fit the model.</exception>
    public static IReadOnlyList<TensorPlan> PlanTensors(string modelFolder, TrainingTargets targets)
    {
        ExportedModel model = ExportedModel.Open(Path.GetFullPath(modelFolder));
        return PlanTensors(targets, model, targets.BranchesOf(model));
    }

    /// <summary>Makes all gradients zero.</summary>
    public void ClearGradients()
    {
        _isCleared = true;
        foreach (TrainedTensor tensor in Tensors)
        {
            tensor.Gradient.AsSpan().Clear();
        }
    }

    /// <summary>Goes forward and backward, and adds to the gradients.</summary>
    /// <exception cref="ArgumentException">
    /// A row is empty, does not fit the model, or has a prefix where the session takes none.
    /// </exception>
    public MicroBatchResult Run(MicroBatch batch)
    {
        batch.Check(_model);
        ulong run = Runs++;
        if (batch.Rows.Sum(row => row.LabelCount) == 0)
        {
            return default;
        }

        using BatchInputs inputs = new(batch, _model, _training!.Graph);
        if (_options.Dropout > 0)
        {
            new DropoutMasks(_options.Dropout, _options.Seed).Add(inputs, _layout.Branches, _training.Graph.BranchesOfHeadRows, run);
        }

        // The first gradients of a step are written where they belong, those of further micro-batches are added to them.
        bool isFirst = _isCleared;
        MicroBatchResult result = Run(_training, batch, inputs, isFirst ? _gradients : MoreGradients());
        _isCleared = false;
        for (int i = 0; !isFirst && i < Tensors.Count; i++)
        {
            TensorPrimitives.Add(Tensors[i].Gradient, _moreBuffers[i], Tensors[i].Gradient);
        }

        return result;
    }

    /// <summary>Goes forward alone, without dropout.</summary>
    /// <exception cref="ArgumentException">
    /// A row is empty, does not fit the model, or has a prefix where the session takes none.
    /// </exception>
    public MicroBatchResult Evaluate(MicroBatch batch)
    {
        batch.Check(_model);
        if (batch.Rows.Sum(row => row.LabelCount) == 0)
        {
            return default;
        }

        _evaluation ??= OpenGraph(backward: false);
        using BatchInputs inputs = new(batch, _model, _evaluation.Graph);
        return Run(_evaluation, batch, inputs, new Dictionary<string, OrtValue>(StringComparer.Ordinal));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _training?.Dispose();
        _evaluation?.Dispose();
        foreach (OrtValue value in _parameters.Values.Concat(_gradients.Values).Concat(_more.Values))
        {
            value.Dispose();
        }
    }

    internal static List<TensorPlan> PlanTensors(TrainingTargets targets, ExportedModel model, IReadOnlyList<TrainedBranch> branches)
    {
        Dictionary<string, TrainedBranch> byPrefix = branches.ToDictionary(branch => branch.Prefix, StringComparer.Ordinal);
        List<TensorPlan> tensors = [];
        foreach ((ModelModule module, int rank, double _) in targets.ModulesOf(model))
        {
            TrainedBranch branch = byPrefix[module.Group.PrefixOf(module.Layer)];
            int part = Enumerable.Range(0, module.Group.Outputs.Count).First(i => ReferenceEquals(module.Group.Outputs[i], module.Output));
            Add(LoraPart.A, [rank, module.Group.InputSize], branch.A(part));
            Add(LoraPart.B, [module.Output.Size, rank], branch.B(part));
            if (targets.Config.LoraBias)
            {
                Add(LoraPart.Bias, [module.Output.Size], branch.Bias(part));
            }

            void Add(LoraPart what, int[] shape, string name) =>
                tensors.Add(new TensorPlan(new PeftTensorName(module.Path, what).ToString(), shape, name));
        }

        return tensors;
    }

    // Weights that an evaluation packs for itself would be there twice: it then uses them as they are.
    private GradientGraph OpenGraph(bool backward) => GradientGraph.Open(
        _folder, _file, _layout with { Backward = backward, HasDropout = _layout.HasDropout && backward }, _options, _provider,
        packs: _options.Prepacking && backward);

    private Dictionary<string, OrtValue> MoreGradients()
    {
        if (_more.Count == 0)
        {
            foreach (TrainedTensor tensor in Tensors)
            {
                float[] buffer = GC.AllocateUninitializedArray<float>(tensor.Gradient.Length, pinned: true);
                long[] shape = tensor.Shape.Count == 1 ? [1, tensor.Shape[0]] : [.. tensor.Shape.Select(size => (long)size)];
                _moreBuffers.Add(buffer);
                _more[TrainingGraph.GradientOf(tensor.GraphName)] = OrtValue.CreateTensorValueFromMemory(buffer, shape);
            }
        }

        return _more;
    }

    private MicroBatchResult Run(
        GradientGraph graph, MicroBatch batch, BatchInputs inputs, IReadOnlyDictionary<string, OrtValue> gradients)
    {
        long[] largest = new long[batch.Rows.Count * inputs.Shape.Heads];
        double loss = graph.Run(inputs, _parameters, gradients, largest);
        return MicroBatchResult.Of(batch, inputs.Shape, loss, largest);
    }
}
