namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// The stream beside each stream of ONNX Runtime, for as long as a kernel of its session holds it: an adapter's two operators meet there.
/// Any thread.
/// </summary>
internal sealed class SideStreams(Func<SideStream> create)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<nint, Entry> _entries = [];

    /// <summary>Number of streams that are held.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>What one operator's kernel holds of them.</summary>
    public Holder Hold() => new(this);

    private SideStream Take(nint main)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(main, out Entry? entry))
            {
                entry = new Entry(create());
                _entries.Add(main, entry);
            }

            entry.Holders++;
            return entry.Side;
        }
    }

    private void GiveBack(nint main)
    {
        lock (_gate)
        {
            Entry entry = _entries[main];
            if (--entry.Holders == 0)
            {
                _entries.Remove(main);
                entry.Side.Dispose();
            }
        }
    }

    /// <summary>The streams of one kernel, from the first run on each until it is disposed. Any thread.</summary>
    internal sealed class Holder(SideStreams streams) : IDisposable
    {
        private readonly Lock _gate = new();

        // Replaced as a whole, so that runs look through it without a lock. A session has one stream a run at once, mostly one.
        private volatile Held[] _held = [];

        /// <summary>The stream beside one of ONNX Runtime's. Makes it at the first run on that, which is not captured.</summary>
        public SideStream Beside(nint main)
        {
            foreach (Held held in _held)
            {
                if (held.Main == main)
                {
                    return held.Side;
                }
            }

            lock (_gate)
            {
                SideStream side = streams.Take(main);
                _held = [.. _held, new Held(main, side)];
                return side;
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            lock (_gate)
            {
                foreach (Held held in _held)
                {
                    streams.GiveBack(held.Main);
                }

                _held = [];
            }
        }

        private sealed record Held(nint Main, SideStream Side);
    }

    private sealed class Entry(SideStream side)
    {
        public SideStream Side { get; } = side;

        public int Holders { get; set; }
    }
}
