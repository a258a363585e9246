using System.Runtime.InteropServices;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Prefixes;

/// <summary>
/// Keys and values of the prefixes of a training, each distinct one computed once by the base's graph: kept on the device and in memory as
/// far as the budgets go, then in a file, and computed anew where none has room. Rows that share a prefix share its cache. Not thread-safe.
/// </summary>
/// <remarks>
/// Every epoch reads all prefixes once, in another order, so that what is kept stays: replacing it by what was read last would keep
/// nothing that is read next. A prefix is computed by itself, never behind another one, so that its bits depend on its ids alone.
/// </remarks>
internal sealed class PrefixStore : IDisposable
{
    private readonly ModelSession _session;
    private readonly PrefixFile _file;
    private readonly PrefixPages? _pages;
    private readonly long _budget;
    private readonly Dictionary<Key, PrefixRows> _inPages = [];
    private readonly Dictionary<Key, PrefixRows> _inMemory = [];
    private readonly Dictionary<Key, long> _inFile = [];

    /// <summary>An empty store.</summary>
    /// <param name="session">The base's graphs.</param>
    /// <param name="memoryBytes">Bytes of prefixes in memory.</param>
    /// <param name="file">The file for those beyond; disposed with the store.</param>
    /// <param name="pages">Where those go first that the device has room for; null on the processor. Not owned.</param>
    public PrefixStore(ModelSession session, long memoryBytes, PrefixFile file, PrefixPages? pages = null)
    {
        _session = session;
        _pages = pages;
        _budget = memoryBytes;
        _file = file;
    }

    /// <summary>Bytes of the prefixes in memory.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>Bytes of the prefixes in the file.</summary>
    public long FileBytes => _file.Length;

    /// <summary>Prefixes that were computed, those twice that were computed anew.</summary>
    public int Computed { get; private set; }

    /// <summary>Prefixes on the device.</summary>
    public int Placed => _inPages.Count;

    /// <summary>What went wrong with the file, which is not written from then on; null for nothing.</summary>
    public string? FileProblem => _file.Problem;

    /// <summary>The rows of an example before its activation; null where it starts with the first id.</summary>
    /// <param name="example">The example.</param>
    /// <param name="keeps">Whether they are going to be asked for again.</param>
    /// <param name="cancellationToken">Cancels between chunks.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public PrefixRows? Get(TrainingExample example, bool keeps, CancellationToken cancellationToken)
    {
        if (example.ActivationStart == 0)
        {
            return null;
        }

        // Where the rotation depends on the length of the whole context, equal ids have other keys on both sides.
        bool isLong = example.Ids.Length > _session.Manifest.RotarySwitchLength;
        Key key = new(example.Ids[..example.ActivationStart], isLong);
        if (_inPages.TryGetValue(key, out PrefixRows? rows) || _inMemory.TryGetValue(key, out rows))
        {
            return rows;
        }

        if (_inFile.TryGetValue(key, out long position))
        {
            return _file.Read(position, example.ActivationStart);
        }

        rows = PrefixRows.Compute(_session, example.Ids.Span, example.ActivationStart, cancellationToken);
        Computed++;
        if (!keeps)
        {
            return rows;
        }

        if (_pages?.TryPlace(rows) is { } placed)
        {
            _inPages.Add(key, placed);
            return placed;
        }

        if (MemoryBytes + rows.Bytes <= _budget)
        {
            MemoryBytes += rows.Bytes;
            _inMemory.Add(key, rows);
        }
        else if (_file.TryAppend(rows, out position))
        {
            _inFile.Add(key, position);
        }

        return rows;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Ids of a prefix, and which of two rotations they have.</summary>
    private readonly struct Key(ReadOnlyMemory<int> ids, bool isLong) : IEquatable<Key>
    {
        private readonly ReadOnlyMemory<int> _ids = ids;
        private readonly bool _isLong = isLong;

        public bool Equals(Key other) => _isLong == other._isLong && _ids.Span.SequenceEqual(other._ids.Span);

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode()
        {
            HashCode hash = default;
            hash.AddBytes(MemoryMarshal.AsBytes(_ids.Span));
            return hash.ToHashCode();
        }
    }
}
