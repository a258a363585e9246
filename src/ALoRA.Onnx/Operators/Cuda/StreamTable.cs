namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// What goes with each stream of ONNX Runtime, for as long as a kernel of its session
/// holds it: an adapter's two operators meet there. Any thread.
/// </summary>
/// <typeparam name="T">What goes with a stream; disposed when the last kernel gives it back.</typeparam>
internal sealed class StreamTable<T>(Func<T> create)
    where T : class, IDisposable
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

    private T Take(nint main)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(main, out Entry? entry))
            {
                entry = new Entry(create());
                _entries.Add(main, entry);
            }

            entry.Holders++;
            return entry.Value;
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
                entry.Value.Dispose();
            }
        }
    }

    /// <summary>The streams of one kernel, from the first run on each until it is disposed. Any thread.</summary>
    internal sealed class Holder(StreamTable<T> streams) : IDisposable
    {
        private readonly Lock _gate = new();

        // Replaced as a whole, so that runs look through it without a lock. A session has one stream a run at once, mostly one.
        private volatile Held[] _held = [];

        /// <summary>What goes with a stream. It is made at the first run on that stream, which is not captured.</summary>
        public T Of(nint main)
        {
            foreach (Held held in _held)
            {
                if (held.Main == main)
                {
                    return held.Value;
                }
            }

            lock (_gate)
            {
                T taken = streams.Take(main);
                _held = [.. _held, new Held(main, taken)];
                return taken;
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

        private sealed record Held(nint Main, T Value);
    }

    private sealed class Entry(T value)
    {
        public T Value { get; } = value;

        public int Holders { get; set; }
    }
}
