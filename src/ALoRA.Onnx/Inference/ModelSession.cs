using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Inference.Captures;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Inference;

/// <summary>
/// The graphs of a model, shared by all its conversations. Thread-safe. Closed by the model, freed when the last conversation has gone too.
/// </summary>
internal sealed class ModelSession
{
    private const int MostFusedRowsOfHost = 24;

    private readonly ModelGraphs _graphs;
    private long _runs;
    private long _rows;
    private int _references = 1;
    private volatile bool _closed;

    public ModelSession(
        ModelGraphs graphs, ModelManifest manifest, KvLayout cacheLayout, int prefillChunkSize, PrefixCache? prefixes, ILogger logger)
    {
        _graphs = graphs;
        Manifest = manifest;
        Buffers = new KvBufferPool(cacheLayout, graphs.Memory);
        Tables = new AdapterTables(manifest, graphs.Memory, logger);
        Captures = graphs.Steps is null ? null : new CapturedRuns(graphs.Steps, this);
        PrefillChunkSize = prefillChunkSize;
        Prefixes = prefixes;
        Type = ElementTypes.Parse(manifest.Precision.Activations);
        Layers = new string[manifest.LayerCount][];
        for (int layer = 0; layer < Layers.Length; layer++)
        {
            Layers[layer] =
            [
                GraphSignature.PastKey(layer), GraphSignature.PastValue(layer),
                GraphSignature.PresentKey(layer), GraphSignature.PresentValue(layer),
            ];
        }
    }

    public ModelManifest Manifest { get; }

    /// <summary>Where caches get their buffers.</summary>
    public KvBufferPool Buffers { get; }

    public KvLayout CacheLayout => Buffers.Layout;

    /// <summary>Runs of a few rows; null where every run goes through the graph as any other.</summary>
    public CapturedRuns? Captures { get; }

    /// <summary>Where caches and adapters of the model live.</summary>
    public TensorMemory Memory => _graphs.Memory;

    /// <summary>What computes.</summary>
    public string ProviderName => _graphs.ProviderName;

    public int PrefillChunkSize { get; }

    /// <summary>Rows of earlier prompts; null for none.</summary>
    public PrefixCache? Prefixes { get; }

    /// <summary>Element type T of mask, adapters and logits.</summary>
    public TensorElementType Type { get; }

    /// <summary>Names of past key, past value, present key and present value of each layer.</summary>
    public string[][] Layers { get; }

    /// <inheritdoc cref="GraphOpener.TryOpenDerived"/>
    public InferenceSession? TryOpenDerived(string name, byte[] content, SessionOptions options) =>
        _graphs.TryOpenDerived(name, content, options);

    /// <summary>Whether the model has the graph that computes several branches behind one prefix.</summary>
    public bool HasFanout => Manifest.FanoutGraphFile is not null;

    /// <summary>Runs of the graphs so far.</summary>
    public long Runs => Interlocked.Read(ref _runs);

    /// <summary>Token rows computed so far.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>The graph for runs of the base, or of an adapter; opened if it is not yet.</summary>
    /// <exception cref="ModelFormatException">The graph does not fit the model.</exception>
    public InferenceSession GraphFor(Adapters.AdapterWeights? adapter) => adapter is null ? _graphs.Base : _graphs.Adapted;

    /// <summary>The graph for a run of so many rows.</summary>
    /// <exception cref="ModelFormatException">The graph does not fit the model.</exception>
    public InferenceSession GraphFor(Adapters.AdapterWeights? adapter, int rows) =>
        rows < _graphs.LongRun ? GraphFor(adapter) : adapter is null ? _graphs.LongBase : _graphs.LongAdapted;

    /// <summary>Whether a run of so many rows has another graph than one of a few.</summary>
    public bool IsLongRun(int rows) => rows >= _graphs.LongRun;

    /// <summary>The graph for runs with adapters; opened if it is not yet.</summary>
    /// <exception cref="ModelFormatException">The graph does not fit the model.</exception>
    public InferenceSession AdaptedGraph => _graphs.Adapted;

    /// <summary>The graph for branches; opened if it is not yet.</summary>
    /// <exception cref="ModelFormatException">The graph does not fit the model.</exception>
    public InferenceSession FanoutGraph => _graphs.Fanout;

    /// <summary>That of operators of our own, over tables of adapters; null where there is none, or where it cannot be used.</summary>
    public InferenceSession? TryBranchGraph() => _graphs.Fused.TryOpenBranches();

    /// <summary>Where adapters lie for operators of our own.</summary>
    public AdapterTables Tables { get; }

    /// <summary>
    /// Rows up to which operators of our own are faster than ONNX Runtime's on the processor; on a device captured runs use them alone.
    /// </summary>
    public int MostFusedRows => Memory.IsHost ? MostFusedRowsOfHost : 0;

    /// <summary>The graph with operators of our own over a table.</summary>
    public InferenceSession FusedGraph(AdapterTable table) => _graphs.Fused.Opened(table.Type);

    /// <summary>The graphs with operators of our own.</summary>
    public FusedGraphs Fused => _graphs.Fused;

    /// <summary>A place for an adapter in the table whose rows are read fastest; see <see cref="AdapterTables.TryAcquire"/>.</summary>
    /// <param name="adapter">The adapter, on which the caller has a lease as long as it holds the place.</param>
    /// <param name="narrow">Whether it may be a table in bfloat16, if that holds the adapter exactly.</param>
    /// <param name="isBatch">Whether it is for steps of many sequences, which have graphs of their own.</param>
    /// <returns>The place, which the caller disposes; null where the operators are not used, or there is no room.</returns>
    public AdapterSlot? TryAcquireSlot(Adapter adapter, bool narrow = true, bool isBatch = false)
    {
        // Whether there are operators at all is asked first: it costs nothing, and the weights are many.
        if (adapter.Manifest.HasLoraBias || _graphs.Fused.IsRefused || (!Memory.IsHost && Captures is null))
        {
            return null;
        }

        bool isNarrow = narrow && Type == TensorElementType.Float && adapter.Weights.FitsBFloat16
            && HasGraphFor(TensorElementType.BFloat16, isBatch);
        return isNarrow ? Tables.TryAcquire(adapter, TensorElementType.BFloat16)
            : HasGraphFor(Type, isBatch) ? Tables.TryAcquire(adapter, Type)
            : null;
    }

    /// <summary>Whether there may be a graph for steps of many sequences whose rows are tokens in slots of one memory.</summary>
    public bool MayBatch => _graphs.Fused.MayBatch;

    /// <summary>That graph, opened if it is not yet; null where there is none, or where it cannot be used.</summary>
    /// <param name="table">Where its adapters lie; null for a step without any.</param>
    public InferenceSession? TryBatchGraph(AdapterTable? table) => _graphs.Fused.TryOpenBatch(table?.Type);

    /// <summary>
    /// Called wherever a cancellation can take effect: between runs, right before one, and right after it. Tests cancel at each of them.
    /// </summary>
    public Action? AtCancellationPoint { get; set; }

    /// <summary>Ends an operation between two runs if it was cancelled.</summary>
    /// <exception cref="OperationCanceledException">It was.</exception>
    public void ThrowIfCancelled(CancellationToken cancellationToken)
    {
        AtCancellationPoint?.Invoke();
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>One run of a graph.</summary>
    /// <exception cref="ModelFormatException">The weights were changed while the model is open.</exception>
    /// <exception cref="OnnxRuntimeException">The run failed or was terminated.</exception>
    public void Run(InferenceSession graph, RunOptions options, OrtIoBinding binding, int rows)
    {
        AtCancellationPoint?.Invoke();
        if (Memory.IsHost)
        {
            _graphs.CheckWeights();
            graph.RunWithBinding(options, binding);
        }
        else
        {
            RunOnDevice(graph, options, binding);
        }

        CountRun(rows);
    }

    /// <summary>Keeps the graphs until <see cref="Release"/>.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public ModelSession AddReference()
    {
        int references = Volatile.Read(ref _references);
        while (true)
        {
            int seen = references == 0 || _closed
                ? throw new ObjectDisposedException("ALoRA.Onnx.AloraModel")
                : Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references)
            {
                return this;
            }

            references = seen;
        }
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            Buffers.Dispose();
            Tables.Dispose();
            _graphs.Dispose();
        }
    }

    /// <summary>No conversation may start anything new from here on.</summary>
    public void Close()
    {
        _closed = true;
        Prefixes?.Dispose();
        Release();
    }

    /// <summary>Counts a run.</summary>
    public void CountRun(int rows)
    {
        Interlocked.Increment(ref _runs);
        Interlocked.Add(ref _rows, rows);
        AtCancellationPoint?.Invoke();
    }

    private bool HasGraphFor(TensorElementType type, bool isBatch) =>
        (isBatch && _graphs.Fused.TryOpenBatch(type) is not null) || _graphs.Fused.TryOpen(type) is not null;

    private static void RunOnDevice(InferenceSession graph, RunOptions options, OrtIoBinding binding)
    {
        using CaptureGate.Scope gate = CaptureGate.Enter();
        graph.RunWithBinding(options, binding);
    }
}
