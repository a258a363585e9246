using ALoRA.Onnx.Devices;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Models;

/// <summary>
/// Graphs for runs of a few rows on a device, with the thread that all their runs
/// take place on. They have no weights of their own. Thread-safe.
/// </summary>
internal sealed class StepGraphs : IDisposable
{
    // Beyond that ONNX Runtime's own products are faster.
    private const int MostProductRows = 16;

    private readonly InferenceSession? _base;
    private readonly InferenceSession? _products;

    /// <summary>Takes over opened graphs.</summary>
    /// <param name="adapted">With the inputs of adapters.</param>
    /// <param name="withoutAdapters">Without; null uses <paramref name="adapted"/> for the base as well.</param>
    /// <param name="products">The base with operators of our own; not owned, null where they are not used.</param>
    public StepGraphs(InferenceSession adapted, InferenceSession? withoutAdapters, InferenceSession? products)
    {
        _products = products;
        Adapted = adapted;
        _base = withoutAdapters;
    }

    /// <summary>For runs of an adapter.</summary>
    public InferenceSession Adapted { get; }

    /// <summary>For runs of the base of so many rows, of one sequence or of several.</summary>
    public InferenceSession BaseFor(int rows) => (rows <= MostProductRows ? _products : null) ?? _base ?? Adapted;

    /// <summary>Where they run.</summary>
    public RunThread Thread { get; } = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        Thread.Dispose();
        Adapted.Dispose();
        _base?.Dispose();
    }
}
