using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Diagnostics;
using ALoRA.Onnx.Tensors;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Models;

/// <summary>The opened graphs of a model over one set of weights: the model's own and those for steps at once, the one for branches when it is first asked for. Thread-safe.</summary>
internal sealed class ModelGraphs : IDisposable
{
    private readonly GraphOpener _opener;
    private readonly Lock _opening = new();
    private InferenceSession? _fanout;

    private ModelGraphs(GraphOpener opener, InferenceSession model, StepGraphs? steps)
    {
        _opener = opener;
        Model = model;
        Steps = steps;
    }

    /// <summary>Where caches and adapters live.</summary>
    public TensorMemory Memory => _opener.Memory;

    /// <summary>What computes.</summary>
    public string ProviderName => _opener.Provider.Name;

    /// <summary>Prefill and decode.</summary>
    public InferenceSession Model { get; }

    /// <summary>For runs of a few rows on a device; null on the processor, and where ONNX Runtime cannot capture the graph.</summary>
    public StepGraphs? Steps { get; }

    /// <summary>Branches behind one prefix; opened now if it is not yet.</summary>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses the graph, or it does not fit the manifest.</exception>
    public InferenceSession Fanout
    {
        get
        {
            lock (_opening)
            {
                return _fanout ??= _opener.Open(_opener.Manifest.FanoutGraphFile!, GraphKind.Fanout, SessionUse.Any, CancellationToken.None);
            }
        }
    }

    /// <summary>Opens the model's graph.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="threads">Threads of one run.</param>
    /// <param name="provider">What computes.</param>
    /// <param name="logger">Where it is said what cannot be captured.</param>
    /// <param name="cancellationToken">Ends the load as soon as ONNX Runtime can.</param>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses the graph, or it does not fit the manifest.</exception>
    public static ModelGraphs Open(string folder, ModelManifest manifest, int threads, ChosenProvider provider, ILogger logger, CancellationToken cancellationToken)
    {
        GraphOpener opener = new(folder, manifest, threads, provider);
        InferenceSession? model = null;
        try
        {
            model = opener.Open(manifest.GraphFile, GraphKind.Model, SessionUse.Any, cancellationToken);
            return new ModelGraphs(opener, model, provider.Captures && manifest.RotarySwitchLength is null ? OpenSteps(opener, logger, cancellationToken) : null);
        }
        catch
        {
            model?.Dispose();
            opener.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Steps?.Dispose();
        Model.Dispose();
        _fanout?.Dispose();
        _opener.Dispose();
    }

    private static StepGraphs? OpenSteps(GraphOpener opener, ILogger logger, CancellationToken cancellationToken)
    {
        ModelManifest manifest = opener.Manifest;
        InferenceSession? adapted = null;
        try
        {
            adapted = opener.Open(manifest.GraphFile, GraphKind.Model, SessionUse.Steps, cancellationToken);
            InferenceSession? withoutAdapters = manifest.BaseGraphFile is null ? null : opener.Open(manifest.BaseGraphFile, GraphKind.Base, SessionUse.Steps, cancellationToken);
            return new StepGraphs(adapted, withoutAdapters);
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
