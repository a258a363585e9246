using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Models;

/// <summary>The opened graphs of a model over one set of weights: the model's own at once, the one for branches when it is first asked for. Thread-safe.</summary>
internal sealed class ModelGraphs : IDisposable
{
    private readonly string _folder;
    private readonly ModelManifest _manifest;
    private readonly int _threads;
    private readonly ChosenProvider _provider;
    private readonly DeviceMemory? _deviceMemory;
    private readonly SharedWeights? _weights;
    private readonly Lock _opening = new();
    private InferenceSession? _fanout;

    private ModelGraphs(string folder, ModelManifest manifest, int threads, ChosenProvider provider, SharedWeights? weights, InferenceSession model)
    {
        _folder = folder;
        _manifest = manifest;
        _threads = threads;
        _provider = provider;
        _deviceMemory = provider.Device is null ? null : new DeviceMemory(model, provider);
        _weights = weights;
        Model = model;
    }

    /// <summary>Where caches and adapters live.</summary>
    public TensorMemory Memory => _deviceMemory ?? TensorMemory.Host;

    /// <summary>What computes.</summary>
    public string ProviderName => _provider.Name;

    /// <summary>Prefill and decode.</summary>
    public InferenceSession Model { get; }

    /// <summary>Branches behind one prefix; opened now if it is not yet.</summary>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses the graph, or it does not fit the manifest.</exception>
    public InferenceSession Fanout
    {
        get
        {
            lock (_opening)
            {
                return _fanout ??= Open(_manifest.FanoutGraphFile!, hasBranches: true, CancellationToken.None);
            }
        }
    }

    /// <summary>Opens the model's graph.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="threads">Threads of one run.</param>
    /// <param name="provider">What computes.</param>
    /// <param name="cancellationToken">Ends the load as soon as ONNX Runtime can.</param>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses the graph, or it does not fit the manifest.</exception>
    public static ModelGraphs Open(string folder, ModelManifest manifest, int threads, ChosenProvider provider, CancellationToken cancellationToken)
    {
        SharedWeights? weights = manifest.FanoutGraphFile is null ? null : SharedWeights.Open(folder, manifest);
        try
        {
            InferenceSession model = Open(folder, manifest, manifest.GraphFile, threads, provider, weights, hasBranches: false, cancellationToken);
            return new ModelGraphs(folder, manifest, threads, provider, weights, model);
        }
        catch
        {
            weights?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _deviceMemory?.Dispose();
        Model.Dispose();
        _fanout?.Dispose();
        _weights?.Dispose();
    }

    private InferenceSession Open(string file, bool hasBranches, CancellationToken cancellationToken) =>
        Open(_folder, _manifest, file, _threads, _provider, _weights, hasBranches, cancellationToken);

    private static InferenceSession Open(
        string folder, ModelManifest manifest, string file, int threads, ChosenProvider provider, SharedWeights? weights, bool hasBranches, CancellationToken cancellationToken)
    {
        string graph = Path.Combine(folder, file);
        InferenceSession session = SessionFactory.Open(graph, threads, provider, weights, cancellationToken);
        try
        {
            GraphSignature.Check(session, graph, manifest, hasBranches);
            weights?.ReleasePages();
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
