using ALoRA.Onnx.Caching;

namespace ALoRA.Onnx.Inference;

/// <summary>Steps of a sequence that are made of others.</summary>
internal static class SequenceSteps
{
    /// <summary>Computes ids that were sampled but not computed yet, before others are appended to them.</summary>
    /// <remarks>
    /// Kernels for one row and for several differ in the last bit.
    /// A sampled id is therefore always a run of its own, whatever follows, so that invocations in between change nothing of the base.
    /// </remarks>
    public static void ComputeSampled(this Sequence sequence, CancellationToken cancellationToken)
    {
        if (sequence.ComputedLength < sequence.Length)
        {
            sequence.Compute(cancellationToken);
        }
    }

    /// <summary>Records that a run of several sequences has written the next row that was missing here.</summary>
    /// <param name="sequence">The sequence, with a row missing.</param>
    /// <param name="isExact">Whether it is what its writer alone would have made of it, to the last bit that matters to others.</param>
    public static void AcceptRow(this Sequence sequence, bool isExact)
    {
        KvCache cache = sequence.Cache;
        Adapter? writer = sequence.Activation.WriterAt(cache.Length);
        if (writer is null && !isExact)
        {
            cache.AdvanceOwn(1);
        }
        else
        {
            cache.Advance(1, writer);
        }
    }

    /// <summary>Appends known ids and computes them in one run; see <see cref="Sampling.ITokenSequence.TryAppendAhead"/>.</summary>
    public static void AppendAhead(
        this Sequence sequence, ReadOnlySpan<int> tokens, Span<float> logits, CancellationToken cancellationToken)
    {
        int length = sequence.Length;

        // The logits of the row before the ids, and of all ids but the last.
        int known = sequence.HasLogits ? 1 : 0;
        if (known > 0)
        {
            sequence.LastLogits(cancellationToken).CopyTo(logits);
        }
        else if (sequence.ComputedLength == length)
        {
            sequence.RewindCache(length - 1);
        }

        if (tokens.Length == known)
        {
            return;
        }

        sequence.Append(tokens);
        try
        {
            int[] positions = [.. Enumerable.Range(length - 1 + known, tokens.Length - known)];
            sequence.Compute(positions, logits[(known * sequence.VocabularySize)..], cancellationToken);
        }
        catch
        {
            sequence.Rewind(length);
            throw;
        }
    }
}
