namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>What this server's engine has to do, in units of <see cref="Placement.RequestCost"/>. Thread-safe.</summary>
internal sealed class LoadLedger
{
    private long _load;

    /// <summary>Units of all requests that have begun and not ended.</summary>
    public long Load => Volatile.Read(ref _load);

    /// <summary>Adds a request, until what is returned is disposed.</summary>
    public IDisposable Add(long cost)
    {
        Interlocked.Add(ref _load, cost);
        return new Entry(this, cost);
    }

    private sealed class Entry(LoadLedger ledger, long cost) : IDisposable
    {
        private int _isDisposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            {
                Interlocked.Add(ref ledger._load, -cost);
            }
        }
    }
}
