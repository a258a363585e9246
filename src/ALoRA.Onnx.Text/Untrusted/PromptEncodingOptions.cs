namespace ALoRA.Onnx;

/// <summary>How <see cref="PromptEncoder"/> makes values into a prompt. Immutable; may be shared between threads.</summary>
public sealed record PromptEncodingOptions
{
    /// <summary>
    /// What becomes of special tokens that values spell out. The default is <see cref="SpecialTokenHandling.AsText"/>.
    /// </summary>
    public SpecialTokenHandling SpecialTokens { get; init; }

    /// <summary>Clock and limits. The default, null, is <see cref="ChatTemplateOptions.Default"/>.</summary>
    public ChatTemplateOptions? Template { get; init; }

    /// <summary>
    /// Text that the answer must begin with; tokenized together with the prompt, special tokens in it as such. The default is none.
    /// </summary>
    public string Opening { get; init; } = "";

    /// <summary>
    /// Invocation ids of the adapter that will read the prompt: where a value spells their text, that is no invocation either.
    /// The default is none.
    /// </summary>
    public IReadOnlyList<int> Invocation { get; init; } = [];

    /// <summary>Stretches of messages in which special tokens are tokens. The default is none.</summary>
    public IReadOnlyList<TrustedStretch> Trusted { get; init; } = [];

    /// <summary>
    /// Most tokens that the prompt may have. One that is too long for its number of characters alone is refused before it is encoded, or
    /// even rendered. The default, null, is no limit.
    /// </summary>
    public int? MaxTokens { get; init; }
}
