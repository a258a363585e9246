using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Caching;

namespace ALoRA.Onnx.Inference;

/// <summary>
/// The bindings of one sequence, made when they are first needed: for the base, for its adapter by ONNX Runtime's own operators, and for
/// short runs of its adapter by ours. Each keeps its logits while others run. Not thread-safe.
/// </summary>
/// <param name="session">The graphs.</param>
/// <param name="cache">The sequence's cache; not owned.</param>
internal sealed class SequenceBindings(ModelSession session, KvCache cache) : IDisposable
{
    private GraphBinding? _base;
    private GraphBinding? _adapted;
    private GraphBinding? _fused;

    /// <summary>The binding for a run.</summary>
    /// <param name="writer">Who computes; null for the base.</param>
    /// <param name="rows">Rows of the run.</param>
    public GraphBinding For(Adapter? writer, int rows)
    {
        if (writer is null)
        {
            return _base ??= new GraphBinding(session, cache, adapter: null);
        }

        if (rows <= session.MostFusedRows)
        {
            _fused ??= TryFuse(writer);
            if (_fused is not null)
            {
                return _fused;
            }
        }

        return _adapted ??= session.Memory.IsHost ? new GraphBinding(session, cache, writer.Weights) : OnDevice(writer);
    }

    /// <summary>The binding that holds the logits of the last id; null if none does.</summary>
    /// <param name="writer">Who computes the last row; null for the base.</param>
    /// <param name="length">Length of the sequence.</param>
    public GraphBinding? WithLogits(Adapter? writer, int length) =>
        writer is null ? (_base?.LogitsLength == length ? _base : null)
        : _fused?.LogitsLength == length ? _fused
        : _adapted?.LogitsLength == length ? _adapted
        : null;

    /// <summary>Forgets logits of sequences longer than <paramref name="length"/>.</summary>
    public void Rewind(int length)
    {
        _base?.Rewind(length);
        _adapted?.Rewind(length);
        _fused?.Rewind(length);
    }

    /// <summary>Gives up what an adapter is bound to.</summary>
    public void Unbind()
    {
        _adapted?.Dispose();
        _fused?.Dispose();
        (_adapted, _fused) = (null, null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Unbind();
        _base?.Dispose();
    }

    private GraphBinding? TryFuse(Adapter adapter) => session.TryAcquireSlot(adapter) is { } slot
        ? Owning(slot, () => new GraphBinding(session, cache, slot))
        : null;

    // Captured runs read the table, whoever's turn it is, and longer ones the adapter's own tensors.
    private GraphBinding OnDevice(Adapter adapter) => session.TryAcquireSlot(adapter) is { } slot
        ? Owning(slot, () => new GraphBinding(session, cache, adapter.Weights, slot))
        : new GraphBinding(session, cache, adapter.Weights);

    private static GraphBinding Owning(AdapterSlot slot, Func<GraphBinding> create)
    {
        try
        {
            return create();
        }
        catch
        {
            slot.Dispose();
            throw;
        }
    }
}
