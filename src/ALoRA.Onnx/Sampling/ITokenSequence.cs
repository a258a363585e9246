namespace ALoRA.Onnx.Sampling;

/// <summary>What a decode loop works on: ids that grow, and the logits behind the last of them.</summary>
internal interface ITokenSequence
{
    /// <summary>Number of ids.</summary>
    int Length { get; }

    /// <summary>Most ids that fit.</summary>
    int MaxLength { get; }

    /// <summary>All ids; valid until the next change.</summary>
    ReadOnlySpan<int> TokenSpan { get; }

    /// <summary>Logits of the last id, float32 <c>[vocab]</c>; valid until the next computation.</summary>
    ReadOnlySpan<float> LastLogits(CancellationToken cancellationToken);

    /// <summary>Adds ids without computing them.</summary>
    void Append(params ReadOnlySpan<int> tokens);

    /// <summary>Appends known ids and computes them in one run, for the logits that each of them would have been chosen from.</summary>
    /// <param name="tokens">The ids, at least one.</param>
    /// <param name="logits">Where the logits before each id go, <c>[tokens, vocab]</c>.</param>
    /// <param name="cancellationToken">Cancels the run; the sequence is then as it was.</param>
    /// <returns>Whether this sequence can; if not, nothing has changed.</returns>
    bool TryAppendAhead(ReadOnlySpan<int> tokens, Span<float> logits, CancellationToken cancellationToken);

    /// <summary>Forgets ids from <paramref name="length"/> on.</summary>
    void Rewind(int length);

    /// <summary>Makes room for ids to come, so that generating them allocates nothing.</summary>
    void EnsureTokenCapacity(int length);
}
