using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Inference;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Invocations.Branches;

/// <summary>
/// The adapters of branches as a graph takes them: a table, each row naming its adapter's place, where there is a graph with operators of
/// our own for it and room for all of them; else a stack, whose adapters all rows are multiplied with. Not thread-safe.
/// </summary>
internal sealed class BranchAdapters : IDisposable
{
    private readonly TableChoice? _tables;

    /// <summary>Takes places, or a stack.</summary>
    /// <param name="session">The graphs.</param>
    /// <param name="stacks">Where stacks come from.</param>
    /// <param name="adapters">The adapters, each once, on which the caller has leases until this is disposed.</param>
    public BranchAdapters(ModelSession session, AdapterStackCache stacks, List<Adapter> adapters)
    {
        // Without an adapter there is no table that the graph could be bound to.
        if (adapters.Count > 0 && session.TryBranchGraph() is { } graph)
        {
            _tables = new TableChoice(session, isBatch: false);
            _tables.Choose(adapters);
            Graph = _tables.Chosen is null ? null : graph;
        }

        Stack = Graph is not null || adapters.Count == 0 ? null : stacks.Get(adapters);
    }

    /// <summary>The graph over a table; null where there is a stack, or no adapter at all.</summary>
    public InferenceSession? Graph { get; }

    /// <summary>All of them side by side; null where there is a table, or no adapter at all.</summary>
    public AdapterStack? Stack { get; }

    /// <summary>What a binding gets of them.</summary>
    public IReadOnlyList<(string InputName, OrtValue Value)> Inputs =>
        Graph is not null ? _tables!.Chosen!.Inputs : Stack?.Inputs ?? [];

    /// <summary>An adapter's place in the table, or its column of the stack.</summary>
    public int IndexOf(Adapter adapter) => Graph is not null ? _tables!.IndexOf(adapter) : Stack!.IndexOf(adapter);

    /// <inheritdoc/>
    public void Dispose()
    {
        _tables?.Dispose();
        Stack?.Dispose();
    }
}
