namespace ALoRA.Onnx.Adapters.Tables;

/// <summary>
/// An adapter's place in a table, which it keeps until this is disposed. Whoever holds it has a lease on the adapter, too. Any thread.
/// </summary>
internal sealed class AdapterSlot(AdapterTables owner, AdapterTable table, int index, Adapter adapter) : IDisposable
{
    private AdapterTables? _owner = owner;

    /// <summary>What is bound.</summary>
    public AdapterTable Table => table;

    /// <summary>What a row's <c>adapter_slot</c> says.</summary>
    public int Index => index;

    /// <summary>Who is there.</summary>
    public Adapter Adapter => adapter;

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Release(table, index);
}
