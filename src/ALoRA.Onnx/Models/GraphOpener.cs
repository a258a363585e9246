using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Operators;
using ALoRA.Onnx.Shared;
using ALoRA.Onnx.Tensors;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Models;

/// <summary>Opens the graphs of one model folder over one set of weights. Must outlive them.</summary>
internal sealed class GraphOpener : IDisposable
{
    private readonly string _folder;
    private readonly int _threads;
    private readonly SharedWeights? _weights;
    private readonly WeightsGuard? _guard;

    /// <summary>Maps the weights, where several graphs share them, or reads them.</summary>
    /// <exception cref="ModelFormatException">The weights can't be read.</exception>
    public GraphOpener(
        string folder, ModelManifest manifest, int threads, WeightLoading loading, ChosenProvider provider, ILogger logger)
    {
        _folder = folder;
        Manifest = manifest;
        _threads = threads;
        Provider = provider;
        DeviceMemory? device = provider.Device is null ? null : new DeviceMemory(provider);
        Memory = device ?? TensorMemory.Host;
        bool isRead = loading == WeightLoading.Copy;
        _guard = isRead ? null : new WeightsGuard(Path.Combine(folder, manifest.WeightsFile));
        _weights = manifest.FanoutGraphFile is null && manifest.BaseGraphFile is null && device is null && !isRead
            ? null
            : SharedWeights.Open(folder, manifest, loading, device, logger);
    }

    /// <summary>The model.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>What computes.</summary>
    public ChosenProvider Provider { get; }

    /// <summary>Where caches and adapters live.</summary>
    public TensorMemory Memory { get; }

    /// <summary>Whether a graph is in the folder.</summary>
    public bool Has(string file) => File.Exists(Path.Combine(_folder, file));

    /// <summary>Opens a graph, which the caller disposes.</summary>
    /// <param name="file">Its name in the folder.</param>
    /// <param name="kind">What it is for.</param>
    /// <param name="use">How it will be run.</param>
    /// <param name="cancellationToken">Ends the load as soon as ONNX Runtime can.</param>
    /// <param name="operators">Operators that the graph has besides ONNX Runtime's own; null for none.</param>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses the graph, or it does not fit the manifest.</exception>
    public InferenceSession Open(
        string file, GraphKind kind, SessionUse use, CancellationToken cancellationToken, OperatorDomain? operators = null)
    {
        CheckWeights();
        string graph = Path.Combine(_folder, file);
        InferenceSession session = SessionFactory.Open(graph, _threads, Provider, use, _weights, cancellationToken, operators);
        try
        {
            GraphSignature.Check(session, graph, Manifest, kind);
            _weights?.ReleasePages();
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a graph that was derived of one of the folder's over the same weights, which are in memory, packed or on the device once.
    /// </summary>
    /// <param name="name">What it is, for messages.</param>
    /// <param name="content">The graph.</param>
    /// <param name="options">How it is run; the provider is among it.</param>
    /// <returns>The session, which the caller disposes before the model; null where the weights are not shared.</returns>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime refuses the graph.</exception>
    public InferenceSession? TryOpenDerived(string name, byte[] content, SessionOptions options)
    {
        CheckWeights();
        InferenceSession? session = _weights?.OpenDerived(name, content, options);
        _weights?.ReleasePages();
        return session;
    }

    /// <summary>Refuses to go on with weights that were changed after they were mapped.</summary>
    /// <exception cref="ModelFormatException">They were.</exception>
    public void CheckWeights() => _guard?.Check();

    /// <inheritdoc/>
    public void Dispose()
    {
        _weights?.Dispose();
        _guard?.Dispose();

        // An export over this folder could not delete the weights while they were mapped here; elsewhere it could.
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(_folder));
        if (OperatingSystem.IsWindows() && Path.GetDirectoryName(folder) is string parent)
        {
            OwnedPlace.Sweep(parent);
        }
    }
}
