using System.Diagnostics;

namespace ALoRA.Onnx.Inference;

/// <summary>Puts prompts into sequences: appended ones, and whole ones of which a prefix may be in the cache already.</summary>
internal static class Prefill
{
    /// <summary>Appends ids and computes them with the base. If it fails, the sequence is as it was.</summary>
    public static TokenUsage Append(Sequence sequence, ReadOnlySpan<int> tokens, CancellationToken cancellationToken)
    {
        sequence.CheckBase("Appending");
        sequence.CheckIds(tokens);
        using PendingActivation none = PendingActivation.None();
        return Append(sequence, tokens, none, [], default, cancellationToken);
    }

    /// <summary>
    /// Appends ids, computes them under the sequence's activation or one that begins behind its ids, and reads the logits of chosen
    /// positions. If it fails, the sequence is as it was.
    /// </summary>
    public static TokenUsage Append(
        Sequence sequence, ReadOnlySpan<int> tokens, PendingActivation activation, ReadOnlySpan<int> positions, Span<float> logits,
        CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        int length = sequence.Length;
        int reused = sequence.ComputedLength;
        Activation active = sequence.Activation;
        try
        {
            sequence.ComputeSampled(cancellationToken);
            activation.ApplyTo(sequence);
            sequence.Append(tokens);
            reused = Math.Min(reused, sequence.ComputedLength);
            int before = sequence.ComputedLength;

            // Rows whose logits are wanted have to be computed.
            reused += positions.IsEmpty ? sequence.TakeKnownPrefix() - before : 0;
            sequence.Compute(positions, logits, cancellationToken);
            sequence.ShareKnownPrefix();
        }
        catch
        {
            sequence.Undo(length, active);
            throw;
        }

        return Usage(started, reused, sequence.Length);
    }

    /// <summary>Makes a whole prompt the content of a sequence, under the adapter that the options name; see the other overload.</summary>
    public static TokenUsage Replace(
        LoadedModel model, Sequence sequence, ReadOnlySpan<int> tokens, PromptOptions options, CancellationToken cancellationToken)
    {
        sequence.CheckPrompt(tokens);
        SequenceChecks.CheckScope(options.CacheScope);
        using PendingActivation activation = options.Adapter is null
            ? PendingActivation.None()
            : PendingActivation.Find(
                model.Adapters.Acquire(options.Adapter),
                tokens,
                options.ActivationPosition,
                offset: null,
                options.AllowMissingInvocation,
                model.TextOf);
        activation.CheckStart(tokens.Length);
        sequence.MoveTo(options.CacheScope ?? sequence.CacheScope);
        sequence.Origin = null;
        TokenUsage usage = Replace(sequence, tokens, activation, cancellationToken);
        model.Logger.Prefilled(usage.ReusedTokens, usage.ComputedTokens, usage.TimeToFirstToken.TotalMilliseconds);
        return usage;
    }

    /// <summary>
    /// Makes ids the content of a sequence, keeping the longest prefix whose rows it has for this activation.
    /// If it fails, what was computed stays, but nothing of an adapter that was not active before.
    /// </summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="tokens">The whole prompt, at least one id.</param>
    /// <param name="activation">The adapter and where it starts; <see cref="Activation.None"/> for the base.</param>
    /// <param name="cancellationToken">Cancels between chunks.</param>
    public static TokenUsage Replace(
        Sequence sequence, ReadOnlySpan<int> tokens, PendingActivation activation, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        int kept = sequence.TokenSpan.CommonPrefixLength(tokens);
        int matching = sequence.Cache.Provenance.MatchingPrefix(activation.Adapter, activation.Start);
        if (matching < sequence.ComputedLength)
        {
            kept = Math.Min(kept, matching);
        }

        // Someone will ask for the logits of the last token; if they are not at hand, its row is computed again.
        if (kept == tokens.Length && !(kept == sequence.Length && sequence.HasLogits))
        {
            kept--;
        }

        sequence.Rewind(kept);
        bool isNew = sequence.Activation.Adapter is null;
        int reused = Math.Min(kept, sequence.ComputedLength);
        try
        {
            if (isNew)
            {
                activation.ApplyTo(sequence);
            }

            sequence.ComputeSampled(cancellationToken);
            sequence.Append(tokens[kept..]);
            reused = Math.Min(reused, sequence.ComputedLength);
            int before = sequence.ComputedLength;
            reused += sequence.TakeKnownPrefix() - before;
            sequence.Compute(cancellationToken);
            sequence.ShareKnownPrefix();
        }
        catch
        {
            int computed = sequence.ComputedLength;
            sequence.Rewind(isNew ? Math.Min(computed, activation.Start) : computed);
            throw;
        }

        return Usage(started, reused, sequence.Length);
    }

    private static TokenUsage Usage(long started, int reused, int length) => new()
    {
        ReusedTokens = reused,
        ComputedTokens = length - reused,
        TimeToFirstToken = Stopwatch.GetElapsedTime(started),
    };
}
