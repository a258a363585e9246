using System.Diagnostics;
using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Files;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Bindings;
using ALoRA.Onnx.Serving.Slots;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Serving;

/// <summary>
/// Measures what an engine's runs cost, with keys and values, bindings and adapters of its own, as an engine has them. Nothing else should
/// run on the machine. Not thread-safe; disposed by its creator.
/// </summary>
public sealed class StepCostMeter : IDisposable
{
    private const int UsualContext = 256;
    private const int UsualAdapters = 4;
    private const int MostRows = 256;
    private const double AssumedSurcharge = 1.2;

    private static readonly int[] UsualChunks = [16, 64, 256, 512];

    // Any ids do, for time does not depend on them; a prime step makes them differ.
    private const int IdStep = 7919;

    private readonly ModelSession _session;
    private readonly SlotArena _arena;
    private readonly int _context;
    private readonly int[] _rowCounts;
    private readonly int[] _chunkCounts;
    private readonly List<Sequence> _sequences = [];
    private readonly List<AdapterLease> _leases = [];
    private readonly Dictionary<(int Rows, bool IsAdapted), BatchBinding> _bindings = [];
    private readonly Dictionary<bool, SlotBatch?> _batches = [];
    private readonly HashSet<(int Rows, bool IsAdapted)> _warmRows = [];
    private readonly HashSet<int> _warmChunks = [];
    private readonly TableChoice _tables;
    private AdapterStack? _stack;
    private int _isDisposed;

    /// <summary>Prepares everything; nothing is computed yet.</summary>
    /// <param name="model">The model, which must stay open; not owned.</param>
    /// <param name="options">What to measure; null is all defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A size is out of its range, or context and largest chunk together are longer than the model's context.
    /// </exception>
    /// <exception cref="ArgumentException">There is no such adapter.</exception>
    /// <exception cref="InsufficientMemoryException">The memory for keys and values is not available.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public StepCostMeter(AloraModel model, StepCostMeterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new StepCostMeterOptions();
        _context = options.ContextTokens ?? Math.Max(1, Math.Min(UsualContext, model.MaxLength / 4));
        _rowCounts = Sizes(options.Rows, nameof(StepCostMeterOptions.Rows), MostRows);
        OptionRange.Require(
            _context >= 1 && _context < model.MaxLength,
            nameof(StepCostMeterOptions.ContextTokens),
            _context,
            $"from 1 to {model.MaxLength - 1}, so that a row fits behind it");
        _chunkCounts = Sizes(
            options.Chunks ?? [.. UsualChunks.Where(chunk => _context + chunk <= model.MaxLength).DefaultIfEmpty(1)],
            nameof(StepCostMeterOptions.Chunks),
            model.MaxLength - _context);
        Adapters = [.. options.Adapters ?? model.Adapters.Names.Take(UsualAdapters)];
        _session = model.Loaded.Session.AddReference();
        _tables = new TableChoice(_session);
        try
        {
            _arena = new SlotArena(
                _session.CacheLayout,
                _session.Memory,
                [new SlotSize(_rowCounts.Max(), _context + 1), new SlotSize(1, _context + _chunkCounts.Max() + 1)]);
            foreach (string name in Adapters)
            {
                _leases.Add(model.Adapters.Acquire(name));
            }

            // As an engine has them: by a table where there are operators for it, and else by a stack.
            _tables.Choose([.. _leases.Select(lease => lease.Adapter).Distinct()]);
            if (_leases.Count > 0 && _tables.Chosen is null)
            {
                _stack = AdapterStack.Create([.. _leases.Select(lease => lease.Adapter)], _session.Manifest, _session.Memory);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Tokens before each row and each chunk.</summary>
    public int ContextTokens => _context;

    /// <summary>Names of the adapters that are measured; empty if the model has none.</summary>
    public IReadOnlyList<string> Adapters { get; }

    /// <summary>Measures each size once; sizes that never ran are run once before, to warm up.</summary>
    /// <param name="budget">
    /// The time after which no larger sizes are begun, as when an engine starts; what is said about them follows from smaller ones then.
    /// Null measures all.
    /// </param>
    /// <param name="cancellationToken">Cancels between two runs.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<StepCosts> MeasureAsync(TimeSpan? budget = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Measure(budget, cancellationToken), cancellationToken);

    /// <summary>Frees keys and values and gives the adapters back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        foreach (BatchBinding binding in _bindings.Values)
        {
            binding.Dispose();
        }

        foreach (SlotBatch? batch in _batches.Values)
        {
            batch?.Dispose();
        }

        _sequences.ForEach(sequence => sequence.Dispose());
        _stack?.Dispose();
        _tables.Dispose();
        _leases.ForEach(lease => lease.Dispose());
        _arena?.Dispose();
        _session.Release();
    }

    private StepCosts Measure(TimeSpan? budget, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        long started = Stopwatch.GetTimestamp();
        Fill(cancellationToken);
        List<StepCost> baseRows = [];
        List<StepCost> adaptedRows = [];
        List<StepCost> chunks = [];
        for (int i = 0; i < Math.Max(_rowCounts.Length, _chunkCounts.Length); i++)
        {
            if (i > 0 && Stopwatch.GetElapsedTime(started) > budget)
            {
                break;
            }

            if (i < _rowCounts.Length)
            {
                int rows = _rowCounts[i];
                double alone = Decode(rows, isAdapted: false, cancellationToken);
                baseRows.Add(new StepCost(rows, alone));
                adaptedRows.Add(
                    new StepCost(rows, _leases.Count == 0 ? alone * AssumedSurcharge : Decode(rows, isAdapted: true, cancellationToken)));
            }

            if (i < _chunkCounts.Length)
            {
                chunks.Add(new StepCost(_chunkCounts[i], Prefill(_chunkCounts[i], cancellationToken)));
            }
        }

        return new StepCosts(new CostCurve(baseRows), new CostCurve(adaptedRows), new CostCurve(chunks));
    }

    // Every slot has rows of its own, for memory that nobody wrote is read faster than it is in an engine. The last one takes the chunks.
    private void Fill(CancellationToken cancellationToken)
    {
        if (_sequences.Count > 0)
        {
            return;
        }

        int[] tokens = Tokens(0, _context);
        Sequence first = Start(tokens, _context + _chunkCounts.Max() + 1);
        while (first.ComputedLength < _context)
        {
            cancellationToken.ThrowIfCancellationRequested();
            first.ComputeNext(_chunkCounts.Max());
        }

        for (int i = 0; i < _rowCounts.Max(); i++)
        {
            Start(tokens, _context + 1).Cache.TakeRows(first.Cache, _context);
        }
    }

    private Sequence Start(int[] tokens, int capacity)
    {
        Sequence sequence = new(_session, _arena, nameof(StepCostMeter));
        _sequences.Add(sequence);
        sequence.Append(tokens);
        sequence.Cache.Reserve(capacity);
        return sequence;
    }

    private double Decode(int rows, bool isAdapted, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (BatchFor(isAdapted) is { } batch)
        {
            if (_warmRows.Add((rows, isAdapted)))
            {
                Run(batch, rows);
            }

            return Run(batch, rows);
        }

        if (!_bindings.TryGetValue((rows, isAdapted), out BatchBinding? binding))
        {
            binding = BatchBinding.Create(
                _session, _arena.Classes[0], 0, rows, isAdapted ? _stack : null, isAdapted ? _tables.Chosen : null);
            _bindings.Add((rows, isAdapted), binding);
            Run(binding);
        }

        return Run(binding);
    }

    private SlotBatch? BatchFor(bool isAdapted)
    {
        if (!_batches.TryGetValue(isAdapted, out SlotBatch? batch))
        {
            AdapterTable? table = isAdapted ? _tables.Chosen : null;
            InferenceSession? graph = isAdapted && table is null ? null : _session.TryBatchGraph(table);
            batch = graph is null ? null : new SlotBatch(_session, graph, _arena, table);
            _batches.Add(isAdapted, batch);
        }

        return batch;
    }

    // Nothing is said to be common: an engine's requests may have no prefix in common.
    private double Run(SlotBatch batch, int rows)
    {
        batch.Begin(rows, rows);
        for (int slot = 0; slot < rows; slot++)
        {
            int turn = slot % (_leases.Count + 1);
            SlotPlace place = new(_arena.Classes[0], slot);
            bool isAdapted = batch.Table is not null && turn < _leases.Count;
            batch.SetRow(
                slot, Id(slot), _context, _context + 1, isAdapted ? _tables.IndexOf(_leases[turn].Adapter) : AdapterTable.NoSlot);
            batch.SetSlot(slot, place, place, 0);
            batch.Want(slot, slot);
        }

        long started = Stopwatch.GetTimestamp();
        batch.Run();
        return Milliseconds(started);
    }

    // The first row has an adapter, so that a single one has, too; then they and the base take turns.
    private double Run(BatchBinding binding)
    {
        binding.Clear();
        for (int slot = 0; slot < binding.Rows; slot++)
        {
            int turn = slot % (_leases.Count + 1);
            binding.SetLength(slot, _context);
            Adapter? adapter = turn < _leases.Count ? _leases[turn].Adapter : null;
            if (binding.Table is not null)
            {
                binding.SetToken(slot, Id(slot), adapter is null ? AdapterTable.NoSlot : _tables.IndexOf(adapter));
            }
            else
            {
                binding.SetToken(slot, Id(slot), binding.Stack is null ? null : adapter);
            }
        }

        long started = Stopwatch.GetTimestamp();
        binding.Run(binding.Rows, _context + 1);
        return Milliseconds(started);
    }

    private double Prefill(int tokens, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_warmChunks.Add(tokens))
        {
            Compute(tokens);
        }

        return Compute(tokens);
    }

    private double Compute(int tokens)
    {
        Sequence sequence = _sequences[0];
        sequence.Rewind(_context);
        sequence.Append(Tokens(_context, tokens));
        long started = Stopwatch.GetTimestamp();
        sequence.ComputeNext(tokens);
        return Milliseconds(started);
    }

    // A clock that did not move between two readings says no more than that it took less than its tick.
    private static double Milliseconds(long started) =>
        Math.Max(Stopwatch.GetElapsedTime(started).TotalMilliseconds, 1000.0 / Stopwatch.Frequency);

    private int[] Tokens(int first, int count) => [.. Enumerable.Range(first, count).Select(Id)];

    private int Id(int index) => (int)((long)index * IdStep % _session.Manifest.VocabularySize);

    private static int[] Sizes(IReadOnlyList<int> sizes, string name, int most)
    {
        OptionRange.Require(sizes.Count > 0, name, sizes.Count, "at least one size");
        foreach (int size in sizes)
        {
            OptionRange.Require(size >= 1 && size <= most, name, size, $"from 1 to {most}");
        }

        return [.. sizes.Distinct().Order()];
    }
}
