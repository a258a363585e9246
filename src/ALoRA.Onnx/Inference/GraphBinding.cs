using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference.Captures;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Inference;

/// <summary>
/// Buffers and bindings of one sequence for the base or one adapter.
/// Rebinds only what changed, so that a decode step edits three integers and runs. Not thread-safe.
/// </summary>
internal sealed class GraphBinding : IDisposable
{
    private readonly ModelSession _session;
    private readonly KvCache _cache;
    private readonly AdapterWeights? _adapter;
    private readonly AdapterSlot? _slot;
    private readonly BoundGraph _graph;
    private readonly bool _isFused;
    private BoundGraph? _longRuns;
    private LogitsBuffer? _logits;
    private LogitsBuffer? _noLogits;

    /// <summary>Prepares a binding for the base or an adapter by ONNX Runtime's own operators.</summary>
    /// <param name="session">The graph.</param>
    /// <param name="cache">The sequence's cache; not owned.</param>
    /// <param name="adapter">Weights to bind, which must outlive this object; null for the base.</param>
    /// <param name="captured">The adapter's place for captured runs, which is given up with this object; null for none.</param>
    public GraphBinding(ModelSession session, KvCache cache, AdapterWeights? adapter, AdapterSlot? captured = null)
    {
        _session = session;
        _cache = cache;
        _adapter = adapter;
        _graph = new BoundGraph(session, session.GraphFor(adapter), cache, adapter);
        _slot = captured;
    }

    /// <summary>Prepares a binding for an adapter of a table by operators of our own.</summary>
    /// <param name="session">The graph.</param>
    /// <param name="cache">The sequence's cache; not owned.</param>
    /// <param name="slot">The adapter's place, which is given up with this object.</param>
    public GraphBinding(ModelSession session, KvCache cache, AdapterSlot slot)
    {
        _session = session;
        _cache = cache;
        _adapter = slot.Adapter.Weights;
        _graph = new BoundGraph(session, cache, slot);
        _slot = slot;
        _isFused = true;
    }

    /// <summary>Length of the sequence whose last row has its logits here; -1 if none has.</summary>
    public int LogitsLength { get; private set; } = -1;

    /// <summary>
    /// Logits of the last row of a sequence of <see cref="LogitsLength"/> ids, float32
    /// <c>[vocab]</c>; valid until the next run that asks for logits.
    /// </summary>
    public ReadOnlySpan<float> LastLogits => _logits!.Row(_logits.Rows - 1);

    /// <summary>Computes rows behind the cache's valid ones. The caller advances the cache.</summary>
    /// <param name="options">Options of the run, through which it may be terminated.</param>
    /// <param name="tokens">The ids, at least one; the cache has room for them.</param>
    /// <param name="adaptedFrom">Index of the first adapted row; all are where it is not positive. Not read for the base.</param>
    /// <param name="logitsRows">Indices of the rows whose logits are wanted.</param>
    /// <param name="contextLength">Length of the context that the rows belong to, with what later runs will add.</param>
    public void Run(RunOptions options, ReadOnlySpan<int> tokens, int adaptedFrom, ReadOnlySpan<int> logitsRows, int contextLength)
    {
        int total = _cache.Length + tokens.Length;
        LogitsBuffer logits = BufferFor(logitsRows.Length);
        if (!logitsRows.IsEmpty)
        {
            LogitsLength = -1;
        }

        bool wantsLast = !logitsRows.IsEmpty && logitsRows[^1] == tokens.Length - 1;
        if (!(logitsRows.Length == (wantsLast ? 1 : 0)
            && _session.Captures is CapturedRuns captures
            && captures.TryRun(_cache, _adapter, _slot, tokens, adaptedFrom, wantsLast ? _logits : null)))
        {
            GraphOf(tokens.Length).Run(options, tokens, adaptedFrom, logitsRows, logits, contextLength);
        }

        if (wantsLast)
        {
            LogitsLength = total;
        }
    }

    /// <summary>Forgets logits of sequences longer than <paramref name="length"/>.</summary>
    public void Rewind(int length)
    {
        if (LogitsLength > length)
        {
            LogitsLength = -1;
        }
    }

    /// <summary>Takes over the last row's logits of another binding, whose sequence this one's is a copy of.</summary>
    public void TakeLogits(GraphBinding other)
    {
        other._logits!.CopyLastRow(BufferFor(1));
        LogitsLength = other.LogitsLength;
    }

    /// <summary>The logits of <see cref="LastLogits"/> as the graph gave them, T <c>[vocab]</c>.</summary>
    public ReadOnlySpan<byte> RawLastLogits => _logits!.RawRow(_logits.Rows - 1);

    /// <summary>Takes over logits that were computed before, T <c>[vocab]</c>, for a sequence of <paramref name="length"/> ids.</summary>
    public void SetLastLogits(ReadOnlySpan<byte> logits, int length)
    {
        logits.CopyTo(BufferFor(1).RawRow(0));
        LogitsLength = length;
    }

    /// <summary>Logits of the last run that asked for any, float32 <c>[vocab]</c>; valid until the next such run.</summary>
    /// <param name="row">Index within that run's <c>logitsRows</c>.</param>
    public ReadOnlySpan<float> LogitsOf(int row) => _logits!.Row(row);

    /// <inheritdoc/>
    public void Dispose()
    {
        _graph.Dispose();
        _longRuns?.Dispose();
        _logits?.Dispose();
        _noLogits?.Dispose();
        _slot?.Dispose();
    }

    private BoundGraph GraphOf(int rows) => !_isFused && _session.IsLongRun(rows)
        ? _longRuns ??= new BoundGraph(_session, _session.GraphFor(_adapter, rows), _cache, _adapter)
        : _graph;

    // A run without logits must not disturb those of an earlier one, which the next sampling step may still need.
    private LogitsBuffer BufferFor(int rows)
    {
        if (rows == 0)
        {
            return _noLogits ??= new LogitsBuffer(_session.Type, 0, _session.Manifest.VocabularySize);
        }

        if (_logits?.Rows != rows)
        {
            _logits?.Dispose();
            _logits = null;
            _logits = new LogitsBuffer(_session.Type, rows, _session.Manifest.VocabularySize);
        }

        return _logits;
    }
}
