using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Operators;
using ALoRA.Onnx.Operators.Cuda;
using ALoRA.Onnx.Tensors;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Models;

/// <summary>
/// The graphs of a model with operators of our own, opened when an adapter first needs one. Whatever stands in the way is said once in the
/// log, and adapters are computed by the plain graph. Thread-safe.
/// </summary>
/// <param name="opener">Opens graphs; not owned.</param>
/// <param name="use">Whether they may be used.</param>
/// <param name="logger">Where it is said which graph is used, or why none is.</param>
internal sealed class FusedGraphs(GraphOpener opener, OperatorUse use, ILogger logger) : IDisposable
{
    private const string ExportAgain = "export the model again with `alora export`";

    private const int CudaMultiple = 8;

    private readonly Lock _opening = new();
    private readonly Dictionary<TensorElementType, InferenceSession?> _opened = [];
    private readonly Dictionary<TensorElementType, InferenceSession?> _batches = [];
    private InferenceSession? _step;
    private InferenceSession? _branches;
    private TensorElementType? _lastBatch;
    private volatile bool _isRefused;
    private volatile bool _areBatchesRefused;

    /// <summary>
    /// Where the operators come from, asked while a graph is opened; null for those of the provider.
    /// Tests put machines here that lack them.
    /// </summary>
    public Func<OperatorSupport>? Source { get; set; }

    /// <summary>Whether it is known that no graph can be used.</summary>
    public bool IsRefused => use == OperatorUse.Off || _isRefused;

    /// <summary>
    /// The graph over tables of adapters in a type, opened now if it is not yet; null where there is none, or where it cannot be used.
    /// </summary>
    /// <param name="type">Type of the tables: that of the model, or bfloat16.</param>
    public InferenceSession? TryOpen(TensorElementType type)
    {
        if (IsRefused)
        {
            return null;
        }

        lock (_opening)
        {
            if (!_opened.TryGetValue(type, out InferenceSession? session))
            {
                // Another thread may have been refused a graph in the meantime.
                _opened[type] = session = _isRefused ? null : Open(type);
            }

            return session;
        }
    }

    /// <summary>
    /// The graph of the base for runs of a few rows on a device, opened now if it is
    /// not yet; null where there is none, or where it cannot be used.
    /// </summary>
    public InferenceSession? TryOpenStep()
    {
        if (IsRefused || opener.Manifest.StepGraphFile is not string file)
        {
            return null;
        }

        lock (_opening)
        {
            return _step ??= Problem(file) is string problem ? Refuse(problem) : Open(file, GraphKind.Step);
        }
    }

    /// <summary>
    /// The graph of branches behind one prefix on a device, opened now if it is not yet; null where there is none, or where it cannot be
    /// used.
    /// </summary>
    public InferenceSession? TryOpenBranches()
    {
        if (IsRefused || opener.Manifest.BranchesGraphFile is not string file || (opener.Provider.Device is null && Source is null))
        {
            return null;
        }

        lock (_opening)
        {
            return _branches ??= Problem(file) is string problem ? Refuse(problem) : Open(file, GraphKind.Branches, SessionUse.Any);
        }
    }

    /// <summary>
    /// The graph of a table in which someone has a place, whatever was refused since; opened now if the place was taken for the graph of
    /// many sequences.
    /// </summary>
    /// <param name="type">Type of the table.</param>
    /// <exception cref="InvalidOperationException">It can't be opened any more.</exception>
    public InferenceSession Opened(TensorElementType type)
    {
        lock (_opening)
        {
            if (!_opened.TryGetValue(type, out InferenceSession? session))
            {
                _opened[type] = session = Open(type);
            }

            return session ?? throw new InvalidOperationException(
                "The graph with operators for adapters can't be opened, as the log says; set the option Operators to Off.");
        }
    }

    /// <summary>Whether there may be a graph for steps of many sequences.</summary>
    public bool MayBatch =>
        !IsRefused && !_areBatchesRefused && opener.Provider.Device is null && opener.Manifest.BatchGraphFile is not null;

    /// <summary>
    /// The graph for steps of many sequences over tables of adapters in a type, opened now if it is not yet; null where there is none, or
    /// where it cannot be used.
    /// </summary>
    /// <param name="type">
    /// Type of the tables, which is that of the model, or bfloat16; null for steps without adapters, which any such graph computes, so that
    /// none is opened for them beside one that is open.
    /// </param>
    public InferenceSession? TryOpenBatch(TensorElementType? type)
    {
        if (IsRefused || _areBatchesRefused || opener.Provider.Device is not null)
        {
            return null;
        }

        lock (_opening)
        {
            TensorElementType wanted = type ?? _lastBatch
                ?? (opener.Manifest.BatchBFloat16GraphFile is null ? TensorElementType.Float : TensorElementType.BFloat16);
            if (!_batches.TryGetValue(wanted, out InferenceSession? session))
            {
                _batches.Add(wanted, session = OpenBatch(wanted));
            }

            _lastBatch = session is null ? _lastBatch : wanted;
            return session;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _step?.Dispose();
        _branches?.Dispose();
        foreach (InferenceSession? session in _opened.Values.Concat(_batches.Values))
        {
            session?.Dispose();
        }
    }

    private InferenceSession? Open(TensorElementType type)
    {
        ModelManifest manifest = opener.Manifest;
        bool isOwn = type == ElementTypes.Parse(manifest.Precision.Activations);
        if (manifest.FusedGraphFile is null)
        {
            return Refuse($"the folder was exported without them; {ExportAgain}");
        }

        if ((isOwn ? manifest.FusedGraphFile : manifest.FusedBFloat16GraphFile) is not string file)
        {
            return null;
        }

        return (Problem(file) ?? ProblemOfSizes()) is string problem
            ? Refuse(problem)
            : Open(file, isOwn ? GraphKind.Fused : GraphKind.FusedBFloat16);
    }

    private InferenceSession? Open(string file, GraphKind kind, SessionUse onDevice = SessionUse.Steps)
    {
        OperatorSupport support = Support();
        if (support.Domain is null)
        {
            return Refuse(support.Reason ?? "they do not work here");
        }

        try
        {
            InferenceSession session = opener.Open(
                file, kind, opener.Provider.Device is null ? SessionUse.Any : onDevice, CancellationToken.None, support.Domain);
            logger.OperatorsUsed(opener.Provider.Name, file);
            return session;
        }
        catch (Exception exception)
            when (exception is ModelFormatException or OnnxRuntimeException or InsufficientMemoryException or InvalidOperationException)
        {
            return Refuse(exception.Message.TrimEnd('.'));
        }
    }

    private InferenceSession? OpenBatch(TensorElementType type)
    {
        if (opener.Manifest.BatchGraphFile is not string own)
        {
            return RefuseBatches(
                opener.Manifest.FusedGraphFile is string fused && Problem(fused) is string why ? why
                : opener.Manifest.AdapterGroups.Count == 0 ? "a model without adapter groups has no graph for them; export one with groups"
                : $"the folder was exported without a graph for them; {ExportAgain}");
        }

        if ((type == TensorElementType.BFloat16 ? opener.Manifest.BatchBFloat16GraphFile : own) is not string file)
        {
            return null;
        }

        if (Problem(file) is string problem)
        {
            return RefuseBatches(problem);
        }

        OperatorSupport support = Source?.Invoke() ?? OperatorSupport.CpuBatches();
        if (support.Domain is null)
        {
            return RefuseBatches(support.Reason ?? "they do not work here");
        }

        try
        {
            InferenceSession session = opener.Open(
                file, type == TensorElementType.BFloat16 ? GraphKind.BatchBFloat16 : GraphKind.Batch, SessionUse.Any,
                CancellationToken.None,
                support.Domain);
            logger.BatchesUsed(opener.Provider.Name, file);
            return session;
        }
        catch (Exception exception) when (exception is ModelFormatException or OnnxRuntimeException or InsufficientMemoryException)
        {
            return RefuseBatches(exception.Message.TrimEnd('.'));
        }
    }

    private InferenceSession? RefuseBatches(string reason)
    {
        _areBatchesRefused = true;
        logger.BatchesNotUsed(reason);
        return null;
    }

    private string? Problem(string file)
    {
        ModelManifest manifest = opener.Manifest;
        string provider = opener.Provider.Device is null ? GraphSignature.OperatorsOfProcessor
            : opener.Provider.Name == ExecutionProvider.CudaName ? GraphSignature.OperatorsOfCuda
            : opener.Provider.Name;
        return manifest.OperatorProvider != provider
            ? $"{file} has those of '{manifest.OperatorProvider}', but '{provider}' computes; export the model with the activations of "
                + "the provider that it is to run on: float32 for cpu, float16 or bfloat16 for cuda"
            : manifest.OperatorVersion != OperatorDomain.Version
            ? $"{file} asks for version {manifest.OperatorVersion} of them, and this is version {OperatorDomain.Version}; update "
                + $"ALoRA.Onnx, or {ExportAgain}"
            : !opener.Has(file) ? $"{file} is missing; {ExportAgain}"
            : null;
    }

    private string? ProblemOfSizes()
    {
        ModelManifest manifest = opener.Manifest;
        return manifest.OperatorProvider == GraphSignature.OperatorsOfCuda && !manifest.AdapterGroups.All(IsWhole)
            ? $"on CUDA the sizes of projections must be multiples of {CudaMultiple}, and one of {manifest.Name} is none; nothing can be "
                + "done about that"
            : null;
    }

    private OperatorSupport Support()
    {
        if (Source is not null)
        {
            return Source();
        }

        if (opener.Provider.Device is null)
        {
            return OperatorSupport.Cpu();
        }

        int ordinal = opener.Provider.CudaOrdinal;
        return OperatorSupport.Of($"cuda:{ordinal}", api => CudaOperators.Create(api, ordinal));
    }

    private static bool IsWhole(AdapterGroup group) =>
        group.InputSize % CudaMultiple == 0 && group.Outputs.All(output => output.Size % CudaMultiple == 0);

    private InferenceSession? Refuse(string reason)
    {
        _isRefused = true;
        logger.OperatorsNotUsed(opener.Provider.Name, reason);
        return null;
    }
}
