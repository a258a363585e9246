using System.Runtime.InteropServices;
using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference.Captures;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Sampling;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Inference;

/// <summary>
/// Token ids and their KV cache: knows which rows are computed, by which weights, and computes the rest. Knows no text. Not thread-safe.
/// </summary>
/// <remarks>
/// The cache may be shorter than the ids: a sampled id becomes a row only when it is needed.
/// The base and an adapter have bindings of their own, so that logits of the base survive an adapter's runs.
/// </remarks>
internal sealed class Sequence : ITokenSequence, IDisposable
{
    private readonly ModelSession _session;
    private readonly List<int> _tokens = [];
    private readonly RunOptions _runOptions = SessionFactory.CreateRunOptions();
    private readonly KvCache _cache;
    private readonly WantedRows _wanted = new();
    private readonly SequenceBindings _bindings;
    private AdapterLease? _lease;
    private bool _isLong;

    public Sequence(ModelSession session, string? cacheScope = null)
        : this(session, session.Buffers, cacheScope)
    {
    }

    /// <summary>An empty sequence.</summary>
    /// <param name="session">The graphs.</param>
    /// <param name="buffers">Where its cache lies; not owned.</param>
    /// <param name="cacheScope">With whom rows are shared; null for everyone who names no scope.</param>
    public Sequence(ModelSession session, IKvBufferSource buffers, string? cacheScope)
        : this(session, new KvCache(buffers)) => CacheScope = cacheScope;

    private Sequence(ModelSession session, KvCache cache)
    {
        _session = session.AddReference();
        _cache = cache;
        _bindings = new SequenceBindings(session, cache);
    }

    /// <summary>All ids.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>All ids; valid until the next change.</summary>
    public ReadOnlySpan<int> TokenSpan => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Number of ids.</summary>
    public int Length => _tokens.Count;

    /// <summary>Ids whose rows are in the cache.</summary>
    public int ComputedLength => _cache.Length;

    /// <summary>Most ids that fit.</summary>
    public int MaxLength => _session.CacheLayout.MaxLength;

    /// <summary>Ids of the model, each smaller than this.</summary>
    public int VocabularySize => _session.Manifest.VocabularySize;

    public KvCache Cache => _cache;

    /// <summary>Rows of other sequences; null for none.</summary>
    public PrefixCache? Prefixes => _session.Prefixes;

    /// <summary>The messages that the first ids come from; null where a caller gave ids.</summary>
    public PromptOrigin? Origin { get; set; }

    /// <summary>With whom rows are shared; null for everyone who names no scope.</summary>
    public string? CacheScope { get; private set; }

    /// <summary>The adapter that computes new rows, from a position on.</summary>
    public Activation Activation { get; private set; } = Activation.None;

    /// <summary>
    /// Whether the rows in the cache are rotated for contexts beyond the model's <see cref="ModelManifest.RotarySwitchLength"/>.
    /// </summary>
    public bool IsLongContext => _isLong;

    /// <summary>Whether the logits of the last id are at hand.</summary>
    public bool HasLogits => LastBinding is not null;

    /// <summary>Goes to another scope, into which nothing is taken along.</summary>
    public void MoveTo(string? scope)
    {
        if (scope != CacheScope)
        {
            Rewind(0);
            CacheScope = scope;
        }
    }

    /// <summary>Adds ids without computing them.</summary>
    public void Append(params ReadOnlySpan<int> tokens)
    {
        this.CheckRoom(tokens.Length);
        _tokens.AddRange(tokens);
        DropRowsOfOtherRotation();
    }

    /// <summary>
    /// Switches an adapter on for all rows from <paramref name="start"/> on, none of which may be in the cache. Takes over the lease.
    /// </summary>
    /// <inheritdoc cref="PendingActivation.ApplyTo"/>
    public void Activate(AdapterLease lease, int start, int thrownAwayFrom = int.MaxValue)
    {
        _bindings.Unbind();
        _lease?.Dispose();
        _lease = lease;
        Activation = new Activation(lease.Adapter, start, thrownAwayFrom);
    }

    /// <summary>Switches the adapter off and gives its lease back.</summary>
    public void Deactivate()
    {
        if (_lease is null)
        {
            return;
        }

        _bindings.Unbind();
        _lease.Dispose();
        _lease = null;
        Activation = Activation.None;
    }

    /// <summary>Forgets ids and rows from <paramref name="length"/> on, and an adapter that none of the rest needs.</summary>
    public void Rewind(int length)
    {
        Truncate(length);
        if (length <= Activation.Start)
        {
            Deactivate();
        }
    }

    /// <summary>
    /// Takes back what an operation has done: the ids from <paramref name="length"/> on, and an adapter that it switched on.
    /// </summary>
    /// <param name="length">Number of ids before the operation.</param>
    /// <param name="before">The activation before the operation.</param>
    public void Undo(int length, Activation before)
    {
        Truncate(length);
        if (Activation != before)
        {
            Deactivate();
        }
    }

    /// <summary>Gives up the rows from <paramref name="length"/> on, but keeps their ids.</summary>
    public void RewindCache(int length) => _cache.Rewind(length);

    /// <summary>Computes all rows that are missing, in chunks, and the logits of the last one.</summary>
    /// <param name="cancellationToken">
    /// Ends the computation between chunks, and within one as soon as ONNX Runtime can. Completed chunks stay in the cache.
    /// </param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Compute(CancellationToken cancellationToken) => Compute([], default, cancellationToken);

    /// <summary>Computes all rows that are missing, in chunks, the logits of the last one, and those of chosen ones.</summary>
    /// <param name="positions">Positions of missing rows whose logits are wanted, in any order.</param>
    /// <param name="logits">Where they go, <c>[positions, vocab]</c>.</param>
    /// <param name="cancellationToken">
    /// Ends the computation between chunks, and within one as soon as ONNX Runtime can. Completed chunks stay in the cache.
    /// </param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Compute(ReadOnlySpan<int> positions, Span<float> logits, CancellationToken cancellationToken)
    {
        using CancellableRun cancellable = new(_runOptions, cancellationToken);
        DropRowsOfOtherRotation();
        _cache.Reserve(Length);
        int before = _cache.Length;
        try
        {
            ComputeChunks(positions, logits, cancellationToken);
        }
        catch when (_lease is not null)
        {
            ClearLeftovers(Math.Max(before, Math.Min(Activation.Start, _cache.Length)));
            throw;
        }
    }

    private void ComputeChunks(ReadOnlySpan<int> positions, Span<float> logits, CancellationToken cancellationToken)
    {
        while (_cache.Length < Length)
        {
            _session.ThrowIfCancelled(cancellationToken);
            ComputeChunk(NextRows(_session.PrefillChunkSize), positions, logits, cancellationToken);
        }
    }

    private int NextRows(int most) => Activation.RowsOfRun(_cache.Length, Math.Min(Length - _cache.Length, most), Length);

    /// <summary>Computes the next of the rows that are missing in one run, and the logits of the last id if that is among them.</summary>
    /// <param name="most">Most rows, at least one.</param>
    /// <returns>Rows that were computed.</returns>
    public int ComputeNext(int most)
    {
        PrepareRows();
        int rows = NextRows(most);
        try
        {
            ComputeChunk(rows, [], default, CancellationToken.None);
        }
        catch when (_lease is not null)
        {
            ClearLeftovers(Math.Max(Activation.Start, _cache.Length));
            throw;
        }

        return rows;
    }

    /// <summary>Makes room for all rows that are missing; those in the cache may turn out to be missing, too.</summary>
    public void PrepareRows()
    {
        DropRowsOfOtherRotation();
        _cache.Reserve(Length);
    }

    /// <summary>
    /// Logits of the last id, float32 <c>[vocab]</c>, computed now if they are not at hand. Valid until the next computation.
    /// </summary>
    public ReadOnlySpan<float> LastLogits(CancellationToken cancellationToken)
    {
        if (!HasLogits)
        {
            if (_cache.Length == Length)
            {
                _cache.Rewind(Length - 1);
            }

            Compute(cancellationToken);
        }

        return LastBinding!.LastLogits;
    }

    /// <summary>The logits of the last id as the graph gave them, T <c>[vocab]</c>; empty if they are not at hand.</summary>
    public ReadOnlySpan<byte> RawLogits => HasLogits ? LastBinding!.RawLastLogits : default;

    /// <summary>Fills an empty sequence with ids and rows of the base that were computed before, which no other sequence gets.</summary>
    /// <param name="tokens">All ids, which were checked.</param>
    /// <param name="rows">Ids whose rows are known.</param>
    /// <param name="fill">Writes the rows into the cache, which has room for them.</param>
    /// <param name="logits">Logits of the last id, T <c>[vocab]</c>; empty if they are not known.</param>
    public void Restore(ReadOnlySpan<int> tokens, int rows, Action<KvCache> fill, ReadOnlySpan<byte> logits)
    {
        Append(tokens);
        _cache.Reserve(rows);
        fill(_cache);
        _cache.AdvanceOwn(rows);
        if (!logits.IsEmpty)
        {
            _bindings.For(Activation.WriterAt(Length - 1), rows: 1).SetLastLogits(logits, Length);
        }
    }

    /// <inheritdoc/>
    public bool TryAppendAhead(ReadOnlySpan<int> tokens, Span<float> logits, CancellationToken cancellationToken)
    {
        this.AppendAhead(tokens, logits, cancellationToken);
        return true;
    }

    /// <summary>Makes room for ids to come, so that generating them allocates nothing.</summary>
    public void EnsureTokenCapacity(int length) => _tokens.EnsureCapacity(length);

    /// <summary>A sequence of its own with the same ids, rows, adapter and logits.</summary>
    /// <param name="isLasting">Whether it is going to stay.</param>
    public Sequence Fork(bool isLasting = false)
    {
        Sequence fork = new(_session, _cache.Fork(isLasting)) { CacheScope = CacheScope, Origin = Origin };
        try
        {
            fork._tokens.AddRange(_tokens);
            fork._isLong = _isLong;
            if (_lease is not null)
            {
                fork.Activate(_lease.Share(), Activation.Start);
            }

            if (HasLogits)
            {
                fork._bindings.For(Activation.WriterAt(Length - 1), rows: 1).TakeLogits(LastBinding!);
            }

            return fork;
        }
        catch
        {
            fork.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bindings.Dispose();
        _lease?.Dispose();
        _cache.Dispose();
        _runOptions.Dispose();
        _session.Release();
    }

    private void Truncate(int length)
    {
        if (length < Length)
        {
            CollectionsMarshal.SetCount(_tokens, length);
            _cache.Rewind(length);
            _bindings.Rewind(length);
        }
    }

    // Keys are cached rotated. Where the rotation depends on the length of the context, as Transformers
    // computes it, a context that grows or shrinks past that length is computed anew.
    private void DropRowsOfOtherRotation()
    {
        bool isLong = Length > _session.Manifest.RotarySwitchLength;
        if (isLong != _isLong)
        {
            _cache.Rewind(0);
            _isLong = isLong;
        }
    }

    // Finite logits behind an adapter's rows say that these are numbers, too; nothing says it of those that end without logits. Buffers of
    // a device serve other conversations later, and its captured runs multiply all rows that fit, those behind the last one with 0.
    private void ClearLeftovers(int from)
    {
        if (!_cache.Memory.IsHost)
        {
            _cache.Clear(from, Math.Min(Length + CapturedRuns.MostSurplus, _cache.Capacity));
        }
    }

    private void ComputeChunk(int rows, ReadOnlySpan<int> positions, Span<float> logits, CancellationToken cancellationToken)
    {
        int past = _cache.Length;
        Adapter? writer = Activation.WriterAt(past + rows - 1);
        GraphBinding binding = _bindings.For(writer, rows);
        _wanted.MoveTo(positions, past, rows, wantsLast: past + rows == Length);
        try
        {
            binding.Run(_runOptions, TokenSpan.Slice(past, rows), Activation.Start - past, _wanted.Rows, Length);
        }
        catch (OnnxRuntimeException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }

        for (int i = 0; writer is not null && i < _wanted.Rows.Length; i++)
        {
            if (!AdaptedLogits.AreUsable(binding.LogitsOf(i)))
            {
                binding.Rewind(past);
                if (past < Activation.Start)
                {
                    // It may be the rows before the adapter's that it made no numbers. Once more, apart: then it is its own affair.
                    ClearLeftovers(past);
                    Activation = Activation with { ThrownAwayFrom = int.MaxValue };
                    return;
                }

                throw AdaptedLogits.NoNumbers(writer, binding.LogitsOf(i));
            }
        }

        // Those before the adapter's count as its own, too: nobody else may read them.
        _cache.Advance(rows, writer);
        for (int i = 0; i < _wanted.Targets.Length; i++)
        {
            binding.LogitsOf(i).CopyTo(logits.Slice(_wanted.Targets[i] * VocabularySize, VocabularySize));
        }
    }

    // What has computed the last row, and holds its logits.
    private GraphBinding? LastBinding => _bindings.WithLogits(Activation.WriterAt(Length - 1), Length);
}
