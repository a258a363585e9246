using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Invocations.Branches;

/// <summary>
/// Buffers and bindings of the graph for branches, over the cache of a conversation. Rebinds only what changed. Not thread-safe.
/// </summary>
internal sealed class BranchBinding : IDisposable
{
    private readonly ModelSession _session;
    private readonly KvCache _cache;
    private readonly IReadOnlyList<Branch> _branches;
    private readonly InferenceSession _graph;
    private readonly OrtIoBinding _binding;
    private readonly BoundInputs _inputs;
    private readonly CacheBinding _cacheBinding;
    private readonly BoundInput _ids;
    private readonly BoundInput? _positions;
    private readonly BoundInput _lengths;
    private readonly BoundInput _total;
    private readonly BoundInput _logitsRows;
    private readonly BoundInput? _mask;
    private readonly BoundInput? _places;
    private readonly IBranchSight _sight;
    private readonly int _columns;
    private readonly int[] _indexOf;
    private LogitsBuffer? _logits;

    /// <summary>Prepares a binding.</summary>
    /// <param name="session">The graphs; the one for branches is opened if it is not yet.</param>
    /// <param name="cache">The conversation's cache; not owned. Rows are written behind its valid ones.</param>
    /// <param name="branches">The branches.</param>
    /// <param name="adapters">The adapters of all branches; not owned.</param>
    public BranchBinding(ModelSession session, KvCache cache, IReadOnlyList<Branch> branches, BranchAdapters adapters)
    {
        _session = session;
        _cache = cache;
        _branches = branches;
        _graph = adapters.Graph ?? session.FanoutGraph;
        _binding = _graph.CreateIoBinding();
        _cacheBinding = new CacheBinding(session, cache, _binding);
        _inputs = new BoundInputs(session, _binding);
        _ids = _inputs.Add<long>(GraphSignature.InputIds);
        _logitsRows = _inputs.Add<long>(GraphSignature.LogitsPositions);
        _lengths = _inputs.Add<int>(GraphSignature.SequenceLengths);
        _total = _inputs.Add<int>(GraphSignature.TotalSequenceLength);
        HasTable = adapters.Graph is not null;
        if (HasTable)
        {
            _places = _inputs.Add<int>(GraphSignature.AdapterSlot);
            _sight = new BranchOwners(
                _inputs.Add<int>(GraphSignature.BranchRows), _inputs.Add<int>(GraphSignature.BranchOwners), branches);
        }
        else
        {
            _positions = _inputs.Add<long>(GraphSignature.PositionIds);
            _sight = new BranchBias(_inputs.Add(GraphSignature.AttentionBias), session.Type, cache.Length, branches);
            _mask = _inputs.Add(GraphSignature.ActivationMask);
        }

        foreach ((string name, OrtValue value) in adapters.Inputs)
        {
            _binding.BindInput(name, value);
        }

        _columns = adapters.Stack?.Adapters.Count ?? 0;
        _indexOf = [.. branches.Select(branch => branch.Adapter is null ? AdapterTable.NoSlot : adapters.IndexOf(branch.Adapter))];
    }

    /// <summary>Whether rows name places in a table, so that a run may have any number of them.</summary>
    public bool HasTable { get; }

    /// <summary>Rows of branches in the cache.</summary>
    public int Rows => _sight.Rows;

    /// <summary>Computes rows behind all that were computed so far.</summary>
    /// <param name="options">Options of the run, through which it may be terminated.</param>
    /// <param name="rows">The rows, at least one. The cache has room for them.</param>
    /// <param name="logitsRows">Indices of the rows whose logits are wanted.</param>
    /// <param name="total">Columns of a bias, at least the rows of the cache behind the run and at most its capacity.</param>
    public void Run(RunOptions options, ReadOnlySpan<BranchRow> rows, ReadOnlySpan<int> logitsRows, int total)
    {
        _cacheBinding.Update();
        _ids.Resize(1, rows.Length);
        Span<long> ids = _ids.Elements<long>();
        for (int i = 0; i < rows.Length; i++)
        {
            ids[i] = _branches[rows[i].Branch].TokenSpan[rows[i].Position];
        }

        _sight.Write(rows, total);
        WritePositions(rows);
        WriteMask(rows);
        WritePlaces(rows);
        BindLogits(logitsRows);

        // The operator may be told of more columns than there are rows; the lengths say which of them exist.
        _lengths.Set(_cache.Length + _sight.Rows - 1, 1);
        _total.Set(total);
        _inputs.Publish();
        _session.Run(_graph, options, _binding, rows.Length);
    }

    /// <summary>Logits of the last run, float32 <c>[vocab]</c>; valid until the next run.</summary>
    /// <param name="row">Index within that run's <c>logitsRows</c>.</param>
    public ReadOnlySpan<float> LogitsOf(int row) => _logits!.Row(row);

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _inputs.Dispose();
        _logits?.Dispose();
    }

    private void WritePositions(ReadOnlySpan<BranchRow> rows)
    {
        if (_positions is null)
        {
            return;
        }

        _positions.Resize(1, rows.Length);
        Span<long> positions = _positions.Elements<long>();
        for (int i = 0; i < rows.Length; i++)
        {
            positions[i] = rows[i].Position;
        }
    }

    // One column an adapter: 1 for the one that computes the row, 0 for all others.
    private void WriteMask(ReadOnlySpan<BranchRow> rows)
    {
        if (_mask is null || _columns == 0)
        {
            return;
        }

        int size = ElementTypes.SizeOf(_session.Type);
        _mask.Resize(1, rows.Length, _columns);
        Span<byte> mask = _mask.Elements<byte>();
        mask.Clear();
        for (int i = 0; i < rows.Length; i++)
        {
            if (IndexOf(rows[i]) is var index and >= 0)
            {
                ElementTypes.Fill(mask.Slice(((i * _columns) + index) * size, size), _session.Type, ElementTypes.One(_session.Type));
            }
        }
    }

    private void WritePlaces(ReadOnlySpan<BranchRow> rows)
    {
        if (_places is null)
        {
            return;
        }

        _places.Resize(1, rows.Length);
        Span<int> places = _places.Elements<int>();
        for (int i = 0; i < rows.Length; i++)
        {
            places[i] = IndexOf(rows[i]);
        }
    }

    private int IndexOf(BranchRow row) =>
        _branches[row.Branch].WriterAt(row.Position) is null ? AdapterTable.NoSlot : _indexOf[row.Branch];

    private void BindLogits(ReadOnlySpan<int> rows)
    {
        if (_logits?.Rows != rows.Length)
        {
            LogitsBuffer logits = new(_session.Type, rows.Length, _session.Manifest.VocabularySize);
            _binding.BindOutput(GraphSignature.Logits, logits.Value);
            _logits?.Dispose();
            _logits = logits;
        }

        _logitsRows.Resize(rows.Length);
        Span<long> wanted = _logitsRows.Elements<long>();
        for (int i = 0; i < rows.Length; i++)
        {
            wanted[i] = rows[i];
        }
    }
}
