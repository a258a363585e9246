using ALoRA.Onnx.Adapters.Tables;

namespace ALoRA.Onnx.Inference;

/// <summary>
/// Which table of adapters a step uses, and where in it each of its adapters is. Nothing is copied for an adapter that has its place
/// already; one that no row needs gives its place up, and keeps it until someone else needs it. Not thread-safe.
/// </summary>
/// <param name="session">The graphs.</param>
/// <param name="isBatch">Whether it is for steps of many sequences; else for branches, whose table has the model's own type.</param>
internal sealed class TableChoice(ModelSession session, bool isBatch = true) : IDisposable
{
    private readonly List<AdapterSlot> _held = [];

    /// <summary>The table of this step; null where no row has an adapter, or one of them has no place.</summary>
    public AdapterTable? Chosen { get; private set; }

    /// <summary>Chooses the table of a step.</summary>
    /// <param name="needed">The adapters of its rows, each once, on which someone has leases.</param>
    public void Choose(List<Adapter> needed)
    {
        Chosen = null;
        ReleaseOthers(needed);
        bool isNarrow = isBatch;
        foreach (Adapter adapter in needed)
        {
            isNarrow &= adapter.Weights.FitsBFloat16;
        }

        // An adapter with a higher rank than any before it gets a larger table, and the others follow it there.
        for (int i = 0; i < 2 && Chosen is null && needed.Count > 0; i++)
        {
            if (!TryHoldAll(needed, isNarrow))
            {
                Release();
                return;
            }

            Chosen = CommonTable();
            if (Chosen is null)
            {
                Release();
            }
        }
    }

    /// <summary>The place of an adapter of this step in the chosen table.</summary>
    public int IndexOf(Adapter adapter) => Find(adapter)!.Index;

    /// <inheritdoc/>
    public void Dispose() => Release();

    private bool TryHoldAll(List<Adapter> needed, bool isNarrow)
    {
        foreach (Adapter adapter in needed)
        {
            if (Find(adapter) is null)
            {
                if (session.TryAcquireSlot(adapter, isNarrow, isBatch) is not { } slot)
                {
                    return false;
                }

                _held.Add(slot);
            }
        }

        return true;
    }

    private AdapterTable? CommonTable()
    {
        foreach (AdapterSlot slot in _held)
        {
            if (!ReferenceEquals(slot.Table, _held[0].Table))
            {
                return null;
            }
        }

        return _held[0].Table;
    }

    private AdapterSlot? Find(Adapter adapter)
    {
        foreach (AdapterSlot slot in _held)
        {
            if (ReferenceEquals(slot.Adapter, adapter))
            {
                return slot;
            }
        }

        return null;
    }

    private void ReleaseOthers(List<Adapter> needed)
    {
        for (int i = _held.Count - 1; i >= 0; i--)
        {
            if (!needed.Contains(_held[i].Adapter))
            {
                _held[i].Dispose();
                _held.RemoveAt(i);
            }
        }
    }

    private void Release()
    {
        _held.ForEach(static slot => slot.Dispose());
        _held.Clear();
    }
}
