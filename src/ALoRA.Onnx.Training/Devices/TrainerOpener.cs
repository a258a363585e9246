using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Training.Graphs;
using ALoRA.Onnx.Training.Optimization;

namespace ALoRA.Onnx.Training.Devices;

/// <summary>Decides what computes a training, and opens it.</summary>
internal static class TrainerOpener
{
    private const string Float32 = "float32";
    private const int MostRowsOfDevice = 32;

    /// <summary>The provider of the training graph: that which was asked for, or the one that the base's type of activations has.</summary>
    /// <exception cref="InvalidOperationException">It is the processor, but a device beyond the first was asked for.</exception>
    public static ExecutionProvider ProviderOf(ExecutionProvider wanted, ModelManifest manifest)
    {
        bool isAuto = wanted.Name == ExecutionProvider.AutoName;
        if (wanted.Name == ExecutionProvider.CpuName || (isAuto && manifest.Precision.Activations == Float32))
        {
            wanted.CheckIsFirstDevice(isAuto ? "the model computes in float32" : "it was asked for");
            return isAuto ? ExecutionProvider.Cpu : wanted;
        }

        return !isAuto ? wanted
            : ExecutionProvider.Cuda with { LibraryPath = wanted.LibraryPath, DeviceIndex = wanted.DeviceIndex, Options = wanted.Options };
    }

    /// <summary>
    /// The provider of the base's own graphs, which compute prefixes: ONNX Runtime has no attention in float32 for devices.
    /// </summary>
    public static ExecutionProvider BaseProviderOf(ExecutionProvider wanted, ModelManifest manifest) =>
        manifest.Precision.Activations == Float32 ? ExecutionProvider.Cpu : ProviderOf(wanted, manifest);

    /// <summary>Rows of a micro-batch on a device.</summary>
    public static int RowsOf(int batch, int? asked) => Math.Min(asked ?? MostRowsOfDevice, batch);

    /// <summary>Opens the training graph on the processor, over the weights of its base.</summary>
    public static ITrainer OnProcessor(
        AloraModel model, TrainingTargets targets, TrainingSessionOptions options, AdamWSettings settings) =>
        new HostTrainer(
            Graphs.TrainingSession.Open(model.Folder, targets, options with { Base = model.Loaded.Session }), settings);

    /// <summary>Sizes of a training's rows on a device.</summary>
    public static DeviceSizes SizesOf(ModelManifest manifest, TrainingData data, IEnumerable<TrainingExample> kept, TrainingOptions options)
    {
        int longest = data.Rows.Concat(data.HeldOut).Max(row => row.ActivationStart);
        return DeviceSizes.Of(
            manifest, RowsOf(options.BatchSize, options.MicroBatchSize), kept.Select(row => row.Ids.Length), longest,
            options.DevicePrefixBytes);
    }

    /// <summary>What a training's rows need on a device.</summary>
    public static DeviceNeed NeedOf(
        ModelManifest manifest, TrainingData data, DeviceSizes sizes, IReadOnlyList<TensorPlan> tensors)
    {
        List<TrainingExample> rows = [.. data.Rows, .. data.HeldOut];
        long parameters = VectorLayout.Of([.. tensors.Select(tensor => tensor.Shape)]).Length;
        return DeviceNeed.Of(
            manifest, sizes, parameters, BatchGrid.Up(rows.Max(row => row.Ids.Length - row.ActivationStart), 8),
            BatchGrid.Up(Math.Max(rows.Max(row => row.ActivationStart), 1), sizes.PageSize),
            BatchGrid.Up(rows.Max(row => row.Ids.Length - row.CompletionStart), 8));
    }

    /// <summary>Opens the training graph on a device, if what it needs fits there.</summary>
    /// <exception cref="InsufficientMemoryException">It does not.</exception>
    public static ITrainer OnDevice(
        AloraModel model, ExecutionProvider provider, TrainingTargets targets, TrainingSessionOptions options, AdamWSettings settings,
        DeviceSizes sizes, DeviceNeed? need)
    {
        ChosenProvider chosen = ProviderChooser.Find(provider);
        if (chosen.Name == ExecutionProvider.CudaName && need is not null)
        {
            // The base has brought its weights there already if it computes there, too.
            bool isThere = model.Manifest.Precision.Activations != Float32;
            (isThere ? need with { Weights = 0 } : need).Check(CardMemory.TryRead(chosen.CudaOrdinal));
        }

        TrainingDevice device = new(model.Loaded, chosen, options.Threads);
        try
        {
            return DeviceTrainer.Open(device, model.Folder, targets, options, settings, sizes);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>Sizes of a run that only replays a record, whose prefixes are not kept.</summary>
    public static DeviceSizes SizesOfReplay(ModelManifest manifest, int rows, int longest) =>
        DeviceSizes.Of(manifest, rows, [], longest, budget: 0);
}
