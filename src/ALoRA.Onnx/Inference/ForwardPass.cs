namespace ALoRA.Onnx.Inference;

/// <summary>Appends tokens to a sequence under an adapter or the base, and reads the logits of chosen ones.</summary>
internal sealed class ForwardPass(LoadedModel model, Sequence sequence)
{
    /// <summary>Appends and computes. If it fails, the sequence is as it was.</summary>
    public Logits Run(ReadOnlySpan<int> tokens, ForwardOptions options, CancellationToken cancellationToken)
    {
        sequence.CheckPrompt(tokens, isAppended: true);
        int length = sequence.Length;
        int[] positions = options.LogitsPositions is null ? [tokens.Length - 1] : [.. options.LogitsPositions];
        foreach (ref int position in positions.AsSpan())
        {
            if ((uint)position >= (uint)tokens.Length)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(options), position,
                    $"A logits position must be from 0 to {tokens.Length - 1}, an index within the appended tokens.");
            }

            position += length;
        }

        using PendingActivation activation = FindForwardActivation(tokens, options);
        activation.CheckStart(length + tokens.Length);
        int vocabulary = model.Manifest.VocabularySize;
        if ((long)positions.Length * vocabulary > Array.MaxLength)
        {
            throw new ArgumentException(
                $"The logits of {positions.Length} positions are too many for one call. Ask for at most {Array.MaxLength / vocabulary}.",
                nameof(options));
        }

        float[] values = new float[positions.Length * vocabulary];
        TokenUsage usage = Prefill.Append(sequence, tokens, activation, positions, values, cancellationToken);
        return new Logits(values, positions.Length, vocabulary, usage);
    }

    private PendingActivation FindForwardActivation(ReadOnlySpan<int> tokens, ForwardOptions options)
    {
        if (options.Adapter == sequence.Activation.Adapter?.Name)
        {
            return PendingActivation.None();
        }

        sequence.CheckBase(options.Adapter is null ? "Computing with the base" : $"Computing with the adapter '{options.Adapter}'");
        PendingActivation activation = PendingActivation.Find(
            model.Adapters.Acquire(options.Adapter!), tokens, options.ActivationStart, offset: null, options.AllowMissingInvocation,
            model.TextOf);
        if (activation.Adapter is { Kind: AdapterKind.Lora } && sequence.Length > 0)
        {
            activation.Dispose();
            throw new InvalidOperationException(
                $"The conversation has {sequence.Length} tokens of the base, which the plain LoRA '{options.Adapter}' can't use: it adapts "
                + "every token. Give it the whole prompt in a new conversation, or invoke it.");
        }

        return activation.Shifted(sequence.Length);
    }
}
