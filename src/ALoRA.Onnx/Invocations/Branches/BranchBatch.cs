using System.Runtime.InteropServices;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Models;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Invocations.Branches;

/// <summary>
/// Computes several branches of one conversation in the same runs, so that weights and prefix are read once for all. Not thread-safe.
/// </summary>
/// <remarks>
/// The branches' rows are packed along the sequence and written behind the conversation's rows in
/// its cache, which are not touched; they are leftovers when the batch is disposed.
/// </remarks>
internal sealed class BranchBatch : IDisposable
{
    // Columns of the bias grow in steps, so that most decode steps change single elements of it.
    private const int ColumnStep = 128;

    // Elements of a bias and of each head's scores, which bound the rows of one run where the context is long.
    private const int MostScores = 4 << 20;

    private readonly ModelSession _session;
    private readonly KvCache _cache;
    private readonly BranchBinding _binding;
    private readonly RunOptions _runOptions = SessionFactory.CreateRunOptions();
    private readonly Dictionary<Branch, int> _indices = [];
    private readonly List<BranchRow> _rows = [];
    private readonly List<int> _logitsRows = [];

    /// <summary>Prepares a batch.</summary>
    /// <param name="session">The graphs.</param>
    /// <param name="cache">The conversation's cache, with all its rows computed; not owned.</param>
    /// <param name="branches">The branches; not owned.</param>
    /// <param name="adapters">The adapters of all branches; not owned.</param>
    public BranchBatch(ModelSession session, KvCache cache, IReadOnlyList<Branch> branches, BranchAdapters adapters)
    {
        _session = session;
        _cache = cache;
        _binding = new BranchBinding(session, cache, branches, adapters);
        foreach (Branch branch in branches)
        {
            _indices.Add(branch, _indices.Count);
            branch.Attach(this);
        }
    }

    /// <summary>Computes all missing rows of some branches, and the logits of each one's last id.</summary>
    /// <param name="branches">The branches, each with a row missing.</param>
    /// <param name="cancellationToken">Ends the computation between runs, and within one as soon as ONNX Runtime can.</param>
    /// <returns>Whether the rows fit; if not, nothing was computed.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public bool TryCompute(List<Branch> branches, CancellationToken cancellationToken)
    {
        int pending = 0;
        foreach (Branch branch in branches)
        {
            pending += branch.Pending;
        }

        int length = _cache.Length + _binding.Rows + pending;
        if (length > _cache.Layout.MaxLength)
        {
            return false;
        }

        using CancellableRun cancellable = new(_runOptions, cancellationToken);
        _cache.Reserve(length, _cache.Length + _binding.Rows);
        int limit = _binding.HasTable ? _session.PrefillChunkSize : Math.Clamp(MostScores / length, 1, _session.PrefillChunkSize);

        // The last ids of all branches share the last run, so that all logits are at hand together.
        while (pending > Math.Max(limit, branches.Count))
        {
            pending -= Run(branches, Math.Min(limit, pending - branches.Count), wantsLogits: false, cancellationToken);
        }

        Run(branches, pending, wantsLogits: true, cancellationToken);
        return true;
    }

    /// <summary>Logits of a branch's last id, float32 <c>[vocab]</c>; valid until the next computation.</summary>
    public ReadOnlySpan<float> LogitsOf(Branch branch) => _binding.LogitsOf(branch.LogitsRow);

    /// <summary>Whether the logits of branches are numbers.</summary>
    public bool AreUsable(List<Branch> branches) => branches.TrueForAll(branch => AdaptedLogits.AreUsable(LogitsOf(branch)));

    /// <summary>Makes what the batch has written zero where others would come across it: in the memory of a device.</summary>
    public void ClearLeftovers()
    {
        if (!_cache.Memory.IsHost)
        {
            _cache.Clear(_cache.Length, Math.Min(_cache.Length + _binding.Rows, _cache.Capacity));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _runOptions.Dispose();
    }

    private int Run(List<Branch> branches, int most, bool wantsLogits, CancellationToken cancellationToken)
    {
        _session.ThrowIfCancelled(cancellationToken);
        _rows.Clear();
        _logitsRows.Clear();
        foreach (Branch branch in branches)
        {
            int end = Math.Min(wantsLogits ? branch.Length : branch.Length - 1, branch.Computed + most - _rows.Count);
            for (; branch.Computed < end; branch.Computed++)
            {
                _rows.Add(new BranchRow(_indices[branch], branch.Computed));
            }

            if (wantsLogits)
            {
                branch.LogitsRow = _logitsRows.Count;
                _logitsRows.Add(_rows.Count - 1);
            }
        }

        int length = _cache.Length + _binding.Rows + _rows.Count;
        int total = Math.Min((length + ColumnStep - 1) / ColumnStep * ColumnStep, _cache.Capacity);
        try
        {
            _binding.Run(_runOptions, CollectionsMarshal.AsSpan(_rows), CollectionsMarshal.AsSpan(_logitsRows), total);
        }
        catch (OnnxRuntimeException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }

        return _rows.Count;
    }
}
