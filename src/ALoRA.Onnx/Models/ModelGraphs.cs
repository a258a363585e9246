using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Tensors;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Models;

/// <summary>
/// The opened graphs of a model over one set of weights: those of the base at once, those with
/// adapters and with branches when they are first asked for. Thread-safe.
/// </summary>
internal sealed class ModelGraphs : IDisposable
{
    private readonly GraphOpener _opener;
    private readonly Lock _opening = new();
    private InferenceSession? _adapted;
    private InferenceSession? _fanout;
    private InferenceSession? _longBase;
    private InferenceSession? _longAdapted;

    private ModelGraphs(GraphOpener opener, InferenceSession withoutAdapters, StepGraphs? steps, FusedGraphs fused)
    {
        _opener = opener;
        Base = withoutAdapters;
        Steps = steps;
        Fused = fused;
        LongRun = LongRuns.FewestRows(opener.Manifest.Precision, opener.Provider);
    }

    /// <summary>Where caches and adapters live.</summary>
    public TensorMemory Memory => _opener.Memory;

    /// <summary>What computes.</summary>
    public string ProviderName => _opener.Provider.Name;

    /// <summary>Prefill and decode without adapters.</summary>
    public InferenceSession Base { get; }

    /// <summary>Prefill and decode with an adapter; opened now if it is not yet.</summary>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses the graph, or it does not fit the manifest.</exception>
    public InferenceSession Adapted =>
        _opener.Manifest.BaseGraphFile is null ? Base : Open(ref _adapted, _opener.Manifest.GraphFile, GraphKind.Model);

    /// <summary>Decode and short runs of adapters by operators of our own.</summary>
    public FusedGraphs Fused { get; }

    /// <summary>
    /// Fewest rows of a run that <see cref="LongBase"/> and <see cref="LongAdapted"/> are for; no run has so many where there is nothing to
    /// gain by them.
    /// </summary>
    public int LongRun { get; }

    /// <summary>Long runs without adapters; opened now if it is not yet.</summary>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses the graph, or it does not fit the manifest.</exception>
    public InferenceSession LongBase => _opener.Manifest.BaseGraphFile is { } file
        ? Open(ref _longBase, file, GraphKind.Base, SessionUse.LongRuns)
        : LongAdapted;

    /// <summary>Long runs with an adapter; opened now if it is not yet.</summary>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses the graph, or it does not fit the manifest.</exception>
    public InferenceSession LongAdapted => Open(ref _longAdapted, _opener.Manifest.GraphFile, GraphKind.Model, SessionUse.LongRuns);

    /// <summary>For runs of a few rows on a device; null on the processor, and where ONNX Runtime cannot capture the graph.</summary>
    public StepGraphs? Steps { get; }

    /// <summary>Branches behind one prefix; opened now if it is not yet.</summary>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses the graph, or it does not fit the manifest.</exception>
    public InferenceSession Fanout => Open(ref _fanout, _opener.Manifest.FanoutGraphFile!, GraphKind.Fanout);

    /// <summary>Opens the base's graphs.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="threads">Threads of one run.</param>
    /// <param name="loading">Whether the weights are mapped or read.</param>
    /// <param name="provider">What computes.</param>
    /// <param name="operators">Whether operators of our own may be used.</param>
    /// <param name="logger">Where it is said what cannot be captured, shared or used.</param>
    /// <param name="cancellationToken">Ends the load as soon as ONNX Runtime can.</param>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses the graph, or it does not fit the manifest.</exception>
    public static ModelGraphs Open(
        string folder, ModelManifest manifest, int threads, WeightLoading loading, ChosenProvider provider, OperatorUse operators,
        ILogger logger, CancellationToken cancellationToken)
    {
        GraphOpener opener = new(folder, manifest, threads, loading, provider, logger);
        InferenceSession? withoutAdapters = null;
        try
        {
            withoutAdapters = manifest.BaseGraphFile is null
                ? opener.Open(manifest.GraphFile, GraphKind.Model, SessionUse.Any, cancellationToken)
                : opener.Open(manifest.BaseGraphFile, GraphKind.Base, SessionUse.Any, cancellationToken);
            FusedGraphs fused = new(opener, operators, logger);
            StepGraphs? steps =
                provider.Captures && manifest.HasPlainAttention ? OpenSteps(opener, fused, logger, cancellationToken) : null;
            return new ModelGraphs(opener, withoutAdapters, steps, fused);
        }
        catch
        {
            withoutAdapters?.Dispose();
            opener.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="GraphOpener.TryOpenDerived"/>
    public InferenceSession? TryOpenDerived(string name, byte[] content, SessionOptions options) =>
        _opener.TryOpenDerived(name, content, options);

    /// <summary>Refuses to go on with weights that were changed after they were mapped.</summary>
    /// <exception cref="ModelFormatException">They were.</exception>
    public void CheckWeights() => _opener.CheckWeights();

    /// <inheritdoc/>
    public void Dispose()
    {
        Steps?.Dispose();
        Base.Dispose();
        _adapted?.Dispose();
        _fanout?.Dispose();
        Fused.Dispose();
        _longBase?.Dispose();
        _longAdapted?.Dispose();
        _opener.Dispose();
    }

    private InferenceSession Open(ref InferenceSession? session, string file, GraphKind kind, SessionUse use = SessionUse.Any)
    {
        lock (_opening)
        {
            return session ??= _opener.Open(file, kind, use, CancellationToken.None);
        }
    }

    private static StepGraphs? OpenSteps(
        GraphOpener opener, FusedGraphs fused, ILogger logger, CancellationToken cancellationToken)
    {
        ModelManifest manifest = opener.Manifest;
        InferenceSession? adapted = null;
        try
        {
            adapted = opener.Open(manifest.GraphFile, GraphKind.Model, SessionUse.Steps, cancellationToken);
            InferenceSession? withoutAdapters = manifest.BaseGraphFile is null
                ? null
                : opener.Open(manifest.BaseGraphFile, GraphKind.Base, SessionUse.Steps, cancellationToken);

            // Not later, for nothing may be opened on a device while a run is captured there.
            InferenceSession? products = fused.TryOpenStep();
            if (manifest.AdapterGroups.Count > 0)
            {
                fused.TryOpen(ElementTypes.Parse(manifest.Precision.Activations));
                fused.TryOpenBranches();
            }

            return new StepGraphs(adapted, withoutAdapters, products);
        }
        catch (ModelFormatException exception)
        {
            // The same graph was opened without capturing just before.
            adapted?.Dispose();
            logger.NotCaptured(manifest.GraphFile, exception.Message);
            return null;
        }
        catch
        {
            adapted?.Dispose();
            throw;
        }
    }
}
