using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Invocations.Branches;

/// <summary>
/// One of several continuations of a conversation: it reads the conversation's first rows and its own, and is adapted from a position on.
/// Its rows lie behind the conversation's, mixed with those of the other branches, until it is detached.
/// </summary>
internal sealed class Branch : ITokenSequence, IDisposable
{
    private readonly Sequence _conversation;
    private readonly PendingActivation _activation;
    private readonly List<int> _tokens;
    private BranchBatch? _batch;
    private Sequence? _own;

    /// <summary>Puts the tokens of an invocation behind a conversation, all of whose rows are computed.</summary>
    /// <param name="conversation">The conversation; not owned and not changed.</param>
    /// <param name="invocation">The adapter, its start, and the ids to append; not owned.</param>
    public Branch(Sequence conversation, PreparedInvocation invocation)
    {
        _conversation = conversation;
        _activation = invocation.Activation;
        _tokens = [.. conversation.TokenSpan, .. invocation.Appended];

        // Someone will ask for the logits of the last id, so that its row is always one of the branch's own.
        Prefix = Math.Min(Math.Min(_activation.Start, conversation.Length), _tokens.Count - 1);
        Computed = Prefix;
    }

    /// <summary>Rows of the conversation that the branch reads; all later ones are its own.</summary>
    public int Prefix { get; }

    /// <summary>Ids whose rows are in the cache.</summary>
    public int Computed { get; set; }

    /// <summary>Ids whose rows are missing.</summary>
    public int Pending => _tokens.Count - Computed;

    /// <summary>Row of its last id's logits in those of its batch's last run.</summary>
    public int LogitsRow { get; set; }

    /// <summary>The adapter; null for the base.</summary>
    public Adapter? Adapter => _activation.Adapter;

    /// <inheritdoc/>
    public int Length => _tokens.Count;

    /// <inheritdoc/>
    public int MaxLength => _conversation.MaxLength;

    /// <inheritdoc/>
    public ReadOnlySpan<int> TokenSpan => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tokens);

    /// <summary>The weights that write the row at a position.</summary>
    public Adapter? WriterAt(int position) => _activation.Rows.WriterAt(position);

    /// <summary>Takes logits from a batch from now on.</summary>
    public void Attach(BranchBatch batch) => _batch = batch;

    /// <summary>Goes on alone in a cache of its own, with the ids so far; their rows are computed again when they are needed.</summary>
    public void Detach()
    {
        _own = _conversation.Fork();
        _own.Rewind(Prefix);
        _activation.ApplyTo(_own);
        _own.Append(TokenSpan[Prefix..]);
        _own.EnsureTokenCapacity(_tokens.Capacity);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> LastLogits(CancellationToken cancellationToken) =>
        _own is null ? _batch!.LogitsOf(this) : _own.LastLogits(cancellationToken);

    /// <inheritdoc/>
    public void Append(params ReadOnlySpan<int> tokens)
    {
        _tokens.AddRange(tokens);
        _own?.Append(tokens);
    }

    /// <summary>A branch computes in step with the others.</summary>
    /// <returns><see langword="false"/>.</returns>
    public bool TryAppendAhead(ReadOnlySpan<int> tokens, Span<float> logits, CancellationToken cancellationToken) => false;

    /// <summary>Forgets ids whose rows are not computed.</summary>
    /// <exception cref="InvalidOperationException">They are.</exception>
    public void Rewind(int length)
    {
        if (length < Computed)
        {
            throw new InvalidOperationException($"The branch has computed {Computed} rows, so that it cannot go back to {length}.");
        }

        _tokens.RemoveRange(length, _tokens.Count - length);
        _own?.Rewind(length);
    }

    /// <inheritdoc/>
    public void EnsureTokenCapacity(int length) => _tokens.EnsureCapacity(length);

    /// <inheritdoc/>
    public void Dispose()
    {
        _own?.Dispose();
        _own = null;
    }
}
