using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Inference;

/// <summary>
/// One graph bound for one sequence. Rebinds only what changed, so that a decode step edits three integers and runs. Not thread-safe.
/// </summary>
internal sealed class BoundGraph : IDisposable
{
    private readonly ModelSession _session;
    private readonly KvCache _cache;
    private readonly InferenceSession _graph;
    private readonly OrtIoBinding _binding;
    private readonly CacheBinding _cacheBinding;
    private readonly BoundInputs _inputs;
    private readonly BoundInput _ids;
    private readonly BoundInput _positions;
    private readonly BoundInput _sequenceLength;
    private readonly BoundInput _totalLength;
    private readonly BoundInput? _rotaryLength;
    private readonly BoundInput? _mask;
    private readonly BoundInput? _slots;
    private readonly AdapterSlot? _slot;
    private LogitsBuffer? _bound;

    /// <summary>Binds everything that stays, for the base or an adapter by ONNX Runtime's own operators.</summary>
    /// <param name="session">The model.</param>
    /// <param name="graph">Its graph.</param>
    /// <param name="cache">The sequence's cache; not owned.</param>
    /// <param name="adapter">Weights to bind, which must outlive this object; null for the base.</param>
    public BoundGraph(ModelSession session, InferenceSession graph, KvCache cache, AdapterWeights? adapter)
        : this(session, graph, cache, adapter?.Inputs ?? []) =>
        _mask = adapter is null ? null : _inputs.Add(GraphSignature.ActivationMask);

    /// <summary>Binds everything that stays, for an adapter of a table by operators of our own.</summary>
    /// <param name="session">The model.</param>
    /// <param name="cache">The sequence's cache; not owned.</param>
    /// <param name="slot">The adapter's place; not owned.</param>
    public BoundGraph(ModelSession session, KvCache cache, AdapterSlot slot)
        : this(session, session.FusedGraph(slot.Table), cache, slot.Table.Inputs)
    {
        _slot = slot;
        _slots = _inputs.Add<int>(GraphSignature.AdapterSlot);
    }

    private BoundGraph(
        ModelSession session, InferenceSession graph, KvCache cache, IReadOnlyList<(string InputName, OrtValue Value)> adapters)
    {
        _session = session;
        _cache = cache;
        _graph = graph;
        _binding = graph.CreateIoBinding();
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

    /// <summary>Computes rows behind the cache's valid ones. The caller advances the cache.</summary>
    /// <param name="options">Options of the run, through which it may be terminated.</param>
    /// <param name="tokens">The ids, at least one; the cache has room for them.</param>
    /// <param name="adaptedFrom">Index of the first adapted row; all are where it is not positive. Not read for the base.</param>
    /// <param name="logitsRows">Indices of the rows whose logits are wanted.</param>
    /// <param name="logits">Where they go; of as many rows.</param>
    /// <param name="contextLength">Length of the context that the rows belong to, with what later runs will add.</param>
    public void Run(
        RunOptions options, ReadOnlySpan<int> tokens, int adaptedFrom, ReadOnlySpan<int> logitsRows, LogitsBuffer logits,
        int contextLength)
    {
        int total = _cache.Length + tokens.Length;
        _cacheBinding.Update();
        BindLogits(logitsRows, logits);
        _ids.Resize(1, tokens.Length);
        Widen(tokens, _ids.Elements<long>());
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _inputs.Dispose();
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
            AdapterTable.FillPlaces(_slots.Elements<int>(), _slot!.Index, adaptedFrom);
        }
    }

    private void BindLogits(ReadOnlySpan<int> rows, LogitsBuffer logits)
    {
        if (!ReferenceEquals(_bound, logits))
        {
            _positions.Resize(rows.Length);
            _binding.BindOutput(GraphSignature.Logits, logits.Value);
            _bound = logits;
        }

        Widen(rows, _positions.Elements<long>());
    }

    private static void Widen(ReadOnlySpan<int> source, Span<long> target)
    {
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = source[i];
        }
    }
}
