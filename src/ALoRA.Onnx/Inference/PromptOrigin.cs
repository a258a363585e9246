namespace ALoRA.Onnx.Inference;

/// <summary>
/// The messages that a sequence's first ids were made of, so that a later invocation is
/// looked for in what the template wrote alone. Immutable, thread-safe.
/// </summary>
/// <param name="prompt">The ids.</param>
/// <param name="knowing">Encodes the same messages again, knowing what their values must not spell.</param>
internal sealed class PromptOrigin(EncodedPrompt prompt, Func<IReadOnlyList<int>, EncodedPrompt> knowing)
{
    /// <summary>
    /// Index of the last occurrence of an invocation that no value spells: anywhere behind the prompt, or in what of it comes from the
    /// template; -1 if there is none.
    /// </summary>
    /// <param name="ids">The ids to search, which begin as the prompt does, as far as the sequence was not rewound.</param>
    /// <param name="invocation">The ids to look for, at least one.</param>
    public int LastIndexOf(ReadOnlySpan<int> ids, int[] invocation)
    {
        int found = ids.LastIndexOf(invocation);
        int known = prompt.Ids.Span.CommonPrefixLength(ids);
        return found < 0 || found + invocation.Length > known
            ? found
            : prompt.WithBarriersOf(knowing(invocation)).LastIndexOf(invocation, known);
    }
}
