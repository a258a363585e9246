using System.Runtime.InteropServices;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Sampling;
using ALoRA.Onnx.Serving.Bindings;

namespace ALoRA.Onnx.Serving.Requests;

/// <summary>
/// The ids of a request, with or without a sequence that has rows of them: a request that gives its slot up keeps its ids. Not thread-safe.
/// </summary>
internal sealed class RequestTokens(ReadOnlyMemory<int> prompt, int maxLength, ReadOnlyMemory<int> answered = default) : ITokenSequence
{
    private readonly List<int> _ids = [.. prompt.Span, .. answered.Span];
    private IRowLogits? _batch;
    private int _slot;
    private int _logitsLength = -1;

    /// <summary>The rows; null while the request has no slot. Owned by whoever sets it.</summary>
    public Sequence? Sequence { get; private set; }

    /// <inheritdoc/>
    public int Length => _ids.Count;

    /// <inheritdoc/>
    public int MaxLength => maxLength;

    /// <inheritdoc/>
    public ReadOnlySpan<int> TokenSpan => CollectionsMarshal.AsSpan(_ids);

    /// <summary>Rows that are computed.</summary>
    public int Computed => Sequence?.ComputedLength ?? 0;

    /// <summary>Rows that are missing before the next token can be chosen.</summary>
    public int Pending => Length - Computed;

    /// <summary>The next id that has no row.</summary>
    public int NextToken => _ids[Computed];

    /// <summary>Goes on with a sequence, which gets the ids that it does not have yet.</summary>
    public void Attach(Sequence sequence)
    {
        Sequence = sequence;
        sequence.Append(TokenSpan[sequence.Length..]);
        sequence.EnsureTokenCapacity(_ids.Capacity);
    }

    /// <summary>Takes the sequence away.</summary>
    public Sequence? Detach()
    {
        Sequence? sequence = Sequence;
        Sequence = null;
        _batch = null;
        _logitsLength = -1;
        return sequence;
    }

    /// <summary>Says where the logits of the last id are.</summary>
    public void SetLogits(IRowLogits batch, int slot)
    {
        _batch = batch;
        _slot = slot;
        _logitsLength = Computed;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> LastLogits(CancellationToken cancellationToken) => _logitsLength == Length
        ? _batch!.LogitsOf(_slot)
        : Sequence is { HasLogits: true } sequence
        ? sequence.LastLogits(cancellationToken)
        : throw new InvalidOperationException("The logits of the last token are not computed yet.");

    /// <inheritdoc/>
    public void Append(params ReadOnlySpan<int> tokens)
    {
        _ids.AddRange(tokens);
        Sequence?.Append(tokens);
    }

    /// <summary>Never: all rows are computed by the engine's steps.</summary>
    public bool TryAppendAhead(ReadOnlySpan<int> tokens, Span<float> logits, CancellationToken cancellationToken) => false;

    /// <inheritdoc/>
    public void Rewind(int length)
    {
        CollectionsMarshal.SetCount(_ids, length);
        if (Sequence is { } sequence && length < sequence.Length)
        {
            sequence.Rewind(length);
        }
    }

    /// <inheritdoc/>
    public void EnsureTokenCapacity(int length) => _ids.EnsureCapacity(length);
}
