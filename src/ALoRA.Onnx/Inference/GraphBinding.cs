using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference.Captures;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;
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
    private readonly InferenceSession _graph;
    private readonly OrtIoBinding _binding;
    private readonly CacheBinding _cacheBinding;
    private readonly BoundInputs _inputs;
    private readonly AdapterWeights? _adapter;
    private readonly BoundInput _ids;
    private readonly BoundInput _positions;
    private readonly BoundInput _sequenceLength;
    private readonly BoundInput _totalLength;
    private readonly BoundInput? _rotaryLength;
    private readonly BoundInput? _mask;
    private readonly BoundInput? _slots;
    private readonly AdapterSlot? _slot;
    private LogitsBuffer? _logits;
    private LogitsBuffer? _noLogits;
    private int _boundPositions = -1;

    /// <summary>Prepares a binding for the base or an adapter by ONNX Runtime's own operators.</summary>
    /// <param name="session">The graph.</param>
    /// <param name="cache">The sequence's cache; not owned.</param>
    /// <param name="adapter">Weights to bind, which must outlive this object; null for the base.</param>
    /// <param name="captured">The adapter's place for captured runs, which is given up with this object; null for none.</param>
    public GraphBinding(ModelSession session, KvCache cache, AdapterWeights? adapter, AdapterSlot? captured = null)
        : this(session, cache, session.GraphFor(adapter), adapter?.Inputs ?? [])
    {
        _adapter = adapter;
        _slot = captured;
        _mask = adapter is null ? null : _inputs.Add(GraphSignature.ActivationMask);
    }

    /// <summary>Prepares a binding for an adapter of a table by operators of our own.</summary>
    /// <param name="session">The graph.</param>
    /// <param name="cache">The sequence's cache; not owned.</param>
    /// <param name="slot">The adapter's place, which is given up with this object.</param>
    public GraphBinding(ModelSession session, KvCache cache, AdapterSlot slot)
        : this(session, cache, session.FusedGraph(slot.Table), slot.Table.Inputs)
    {
        _slot = slot;
        _adapter = slot.Adapter.Weights;
        _slots = _inputs.Add<int>(GraphSignature.AdapterSlot);
    }

    private GraphBinding(
        ModelSession session, KvCache cache, InferenceSession graph, IReadOnlyList<(string InputName, OrtValue Value)> adapters)
    {
        _session = session;
        _cache = cache;
        _graph = graph;
        _binding = _graph.CreateIoBinding();
        _cacheBinding = new CacheBinding(session, cache, _binding);
        _inputs = new BoundInputs(session, _binding);
        _ids = _inputs.Add<long>(GraphSignature.InputIds);
        _positions = _inputs.Add<long>(GraphSignature.LogitsPositions);
        _sequenceLength = _inputs.Add<int>(GraphSignature.SequenceLengths);
        _totalLength = _inputs.Add<int>(GraphSignature.TotalSequenceLength);
        _rotaryLength = session.Manifest.RotarySwitchLength is null ? null : _inputs.Add<long>(GraphSignature.RotaryLength);

        // AddActiveLoraAdapter would be ignored by RunWithBinding without an error: A and B are ordinary bound inputs here.
        foreach ((string name, OrtValue value) in adapters)
        {
            _binding.BindInput(name, value);
        }
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
        BindPositions(logitsRows);
        if (!logitsRows.IsEmpty)
        {
            LogitsLength = -1;
        }

        bool wantsLast = !logitsRows.IsEmpty && logitsRows[^1] == tokens.Length - 1;
        if (!(logitsRows.Length == (wantsLast ? 1 : 0)
            && _session.Captures is CapturedRuns captures
            && captures.TryRun(_cache, _adapter, _slot, tokens, adaptedFrom, wantsLast ? _logits : null)))
        {
            RunAtOnce(options, tokens, adaptedFrom, total, contextLength);
        }

        if (wantsLast)
        {
            LogitsLength = total;
        }
    }

    private void RunAtOnce(RunOptions options, ReadOnlySpan<int> tokens, int adaptedFrom, int total, int contextLength)
    {
        _cacheBinding.Update();
        BindIds(tokens);
        BindMask(tokens.Length, adaptedFrom);
        BindSlots(tokens.Length, adaptedFrom);
        _sequenceLength.Set(total - 1, 1);
        _totalLength.Set(total);
        if (_rotaryLength is not null)
        {
            _rotaryLength.Resize();
            _rotaryLength.Elements<long>()[0] = contextLength;
        }

        _inputs.Publish();
        _session.Run(_graph, options, _binding, tokens.Length);
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
        BindPositions([0]);
        other._logits!.CopyLastRow(_logits!);
        LogitsLength = other.LogitsLength;
    }

    /// <summary>The logits of <see cref="LastLogits"/> as the graph gave them, T <c>[vocab]</c>.</summary>
    public ReadOnlySpan<byte> RawLastLogits => _logits!.RawRow(_logits.Rows - 1);

    /// <summary>Takes over logits that were computed before, T <c>[vocab]</c>, for a sequence of <paramref name="length"/> ids.</summary>
    public void SetLastLogits(ReadOnlySpan<byte> logits, int length)
    {
        BindPositions([0]);
        logits.CopyTo(_logits!.RawRow(0));
        LogitsLength = length;
    }

    /// <summary>Logits of the last run that asked for any, float32 <c>[vocab]</c>; valid until the next such run.</summary>
    /// <param name="row">Index within that run's <c>logitsRows</c>.</param>
    public ReadOnlySpan<float> LogitsOf(int row) => _logits!.Row(row);

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _inputs.Dispose();
        _logits?.Dispose();
        _noLogits?.Dispose();
        _slot?.Dispose();
    }

    private void BindIds(ReadOnlySpan<int> tokens)
    {
        _ids.Resize(1, tokens.Length);
        Widen(tokens, _ids.Elements<long>());
    }

    // One element stands for all rows where they are all adapted, as in every decode step.
    private void BindMask(int rows, int adaptedFrom)
    {
        if (_mask is not null)
        {
            _mask.Resize(1, adaptedFrom <= 0 ? 1 : rows, 1);
            ElementTypes.FillMask(_mask.Elements<byte>(), _session.Type, adaptedFrom);
        }
    }

    private void BindSlots(int rows, int adaptedFrom)
    {
        if (_slots is not null)
        {
            _slots.Resize(1, adaptedFrom <= 0 ? 1 : rows);
            Span<int> slots = _slots.Elements<int>();
            slots.Fill(_slot!.Index);
            slots[..Math.Clamp(adaptedFrom, 0, slots.Length)].Fill(AdapterTable.NoSlot);
        }
    }

    private void BindPositions(ReadOnlySpan<int> rows)
    {
        if (_boundPositions != rows.Length)
        {
            _positions.Resize(rows.Length);
            _binding.BindOutput(GraphSignature.Logits, BufferFor(rows.Length).Value);
            _boundPositions = rows.Length;
        }

        Widen(rows, _positions.Elements<long>());
    }

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

    private static void Widen(ReadOnlySpan<int> source, Span<long> target)
    {
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = source[i];
        }
    }
}
