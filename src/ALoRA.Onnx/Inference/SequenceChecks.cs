namespace ALoRA.Onnx.Inference;

/// <summary>What operations require of a sequence and of what is put into it, each with a sentence that says what to do.</summary>
internal static class SequenceChecks
{
    /// <summary>Refuses more ids than the context holds.</summary>
    /// <exception cref="ArgumentException">They do not fit.</exception>
    public static void CheckRoom(this Sequence sequence, int tokens)
    {
        int length = sequence.Length;
        if (tokens > sequence.MaxLength - length)
        {
            throw new ArgumentException(
                $"{length + (long)tokens} tokens do not fit into the context of {sequence.MaxLength}: {length} are in the conversation and "
                + $"{tokens} would be added. Shorten the prompt or rewind the conversation.");
        }
    }

    /// <summary>Refuses ids that the vocabulary does not have; the graph would read past its embedding.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or too large.</exception>
    public static void CheckIds(this Sequence sequence, ReadOnlySpan<int> tokens) => CheckIds(tokens, sequence.VocabularySize);

    /// <summary>Refuses no tokens, ids that are not the vocabulary's, and more than the context holds.</summary>
    public static void CheckPrompt(this Sequence sequence, ReadOnlySpan<int> tokens, bool isAppended = false)
    {
        CheckPrompt(tokens, sequence.VocabularySize, isAppended ? int.MaxValue : sequence.MaxLength);
        if (isAppended)
        {
            sequence.CheckRoom(tokens.Length);
        }
    }

    /// <summary>Refuses no tokens, ids that are not the vocabulary's, and more than a context holds.</summary>
    public static void CheckPrompt(ReadOnlySpan<int> tokens, int vocabulary, int maxLength)
    {
        if (tokens.IsEmpty)
        {
            throw new ArgumentException("There are no tokens; give at least one.", nameof(tokens));
        }

        CheckIds(tokens, vocabulary);
        if (tokens.Length > maxLength)
        {
            throw new ArgumentException(
                $"The prompt of {tokens.Length} tokens does not fit into the context of {maxLength}. Shorten it.", nameof(tokens));
        }
    }

    /// <summary>Refuses a scope without a letter, which is no scope and not the one of those who name none.</summary>
    public static void CheckScope(string? scope)
    {
        if (scope is { Length: 0 })
        {
            throw new ArgumentException("The cache scope is an empty text. Give a name or key, or null for none.", nameof(scope));
        }
    }

    /// <summary>Refuses an adapter that would start outside of its tokens.</summary>
    public static void CheckStart(this PendingActivation activation, int length)
    {
        if (activation.Adapter is not null && (activation.Start < 0 || activation.Start > length))
        {
            throw new ArgumentOutOfRangeException(
                nameof(activation), activation.Start, $"The adapter '{activation.Adapter.Name}' must start within the {length} tokens.");
        }
    }

    /// <summary>Refuses what only the base can do while an adapter is active.</summary>
    public static void CheckBase(this Sequence sequence, string what)
    {
        if (sequence.Activation is { Adapter: Adapter adapter } activation)
        {
            throw new InvalidOperationException(
                $"{what} is not possible while the conversation runs under the adapter '{adapter.Name}' from token {activation.Start} on: "
                + $"rows that an adapter wrote never serve others. Rewind to {activation.Start} or before first.");
        }
    }

    private static void CheckIds(ReadOnlySpan<int> tokens, int vocabulary)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            if ((uint)tokens[i] >= (uint)vocabulary)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(tokens), tokens[i], $"The id at index {i} is not one of the model's {vocabulary} ids.");
            }
        }
    }
}
