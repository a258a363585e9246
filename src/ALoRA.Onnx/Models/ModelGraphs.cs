using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Models;

/// <summary>The opened graphs of a model over one set of weights: the model's own at once, the one for branches when it is first asked for. Thread-safe.</summary>
internal sealed class ModelGraphs : IDisposable
{
    private readonly string _folder;
    private readonly ModelManifest _manifest;
    private readonly int _threads;
    private readonly SharedWeights? _weights;
    private readonly Lock _opening = new();
    private InferenceSession? _fanout;

    private ModelGraphs(string folder, ModelManifest manifest, int threads, SharedWeights? weights, InferenceSession model)
    {
        _folder = folder;
        _manifest = manifest;
        _threads = threads;
        _weights = weights;
        Model = model;
    }

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
    /// <param name="cancellationToken">Ends the load as soon as ONNX Runtime can.</param>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses the graph, or it does not fit the manifest.</exception>
    public static ModelGraphs Open(string folder, ModelManifest manifest, int threads, CancellationToken cancellationToken)
    {
        SharedWeights? weights = manifest.FanoutGraphFile is null ? null : SharedWeights.Open(folder, manifest);
        try
        {
            return new ModelGraphs(folder, manifest, threads, weights, Open(folder, manifest, manifest.GraphFile, threads, weights, hasBranches: false, cancellationToken));
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
        Model.Dispose();
        _fanout?.Dispose();
        _weights?.Dispose();
    }

    private InferenceSession Open(string file, bool hasBranches, CancellationToken cancellationToken) =>
        Open(_folder, _manifest, file, _threads, _weights, hasBranches, cancellationToken);

    private static InferenceSession Open(
        string folder, ModelManifest manifest, string file, int threads, SharedWeights? weights, bool hasBranches, CancellationToken cancellationToken)
    {
        string graph = Path.Combine(folder, file);
        InferenceSession session = SessionFactory.Open(graph, threads, weights, cancellationToken);
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
