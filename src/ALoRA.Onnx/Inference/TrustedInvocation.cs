namespace ALoRA.Onnx.Inference;

/// <summary>Where an adapter is invoked in an encoded prompt: by ids of the template, never by those that a value spells.</summary>
internal static class TrustedInvocation
{
    /// <summary>Encodes messages as options say, and makes them the content of a sequence, which remembers where it comes from.</summary>
    /// <inheritdoc cref="Apply"/>
    public static TokenUsage Replace(
        LoadedModel model, Sequence sequence, IReadOnlyList<PromptMessage> messages, PromptOptions options,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<int> invocation = options.Adapter is null ? [] : model.Adapters.Get(options.Adapter).InvocationTokens;
        EncodedPrompt prompt = Encode(model, messages, options, invocation, cancellationToken);
        PromptMessage[] copy = [.. messages];
        try
        {
            return Replace(model, sequence, prompt, options, cancellationToken);
        }
        finally
        {
            sequence.Origin = options.SpecialTokens == SpecialTokenHandling.Parse
                ? null
                : new PromptOrigin(prompt, ids => Encode(model, copy, options, ids, CancellationToken.None));
        }
    }

    /// <summary>Where an adapter starts that is invoked in a prompt of which a sequence knows the messages.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sequence">The sequence.</param>
    /// <param name="prompt">Its ids, and those of an instruction behind them.</param>
    /// <param name="adapter">The adapter.</param>
    /// <param name="offset">Moves the found start; null takes the adapter's own.</param>
    /// <returns>The start; -1 if at most values spell the invocation; null where every occurrence counts.</returns>
    public static int? StartIn(LoadedModel model, Sequence sequence, int[] prompt, Adapter adapter, int? offset)
    {
        int[] invocation = [.. adapter.InvocationTokens];
        if (sequence.Origin is null || invocation.Length == 0 || invocation.Any(model.Tokenizer.IsMark))
        {
            // A special token never comes from a value that was kept text.
            return null;
        }

        int start = sequence.Origin.LastIndexOf(prompt, invocation);
        return start < 0 ? -1 : Math.Clamp(start + (offset ?? adapter.Manifest.ActivationOffset), 0, prompt.Length);
    }

    private static EncodedPrompt Encode(
        LoadedModel model, IReadOnlyList<PromptMessage> messages, PromptOptions options, IReadOnlyList<int> invocation,
        CancellationToken cancellationToken)
    {
        PromptEncodingOptions encoding = new()
        {
            SpecialTokens = options.SpecialTokens,
            Template = options.TemplateOptions,
            Invocation = invocation,
            MaxTokens = model.Session.CacheLayout.MaxLength,
        };
        return model.PromptEncoder.EncodePrompt(
            messages, options.AddGenerationPrompt, options.TemplateVariables, encoding, cancellationToken);
    }

    /// <summary>Makes a prompt the content of a sequence.</summary>
    /// <inheritdoc cref="Apply"/>
    public static TokenUsage Replace(
        LoadedModel model, Sequence sequence, EncodedPrompt prompt, PromptOptions options, CancellationToken cancellationToken) =>
        Prefill.Replace(model, sequence, prompt.Ids.Span, Apply(model, prompt, options), cancellationToken);

    /// <summary>Options with the adapter's start where the ids alone would not tell it; else the same.</summary>
    /// <exception cref="MissingInvocationException">Only values spell the invocation, and that is not allowed.</exception>
    public static PromptOptions Apply(LoadedModel model, EncodedPrompt prompt, PromptOptions options)
    {
        if (options.Adapter is null || options.ActivationPosition is not null || !prompt.HasBarriers
            || model.Adapters.Get(options.Adapter) is not { Kind: AdapterKind.Alora } adapter)
        {
            return options;
        }

        int start = prompt.LastIndexOf([.. adapter.InvocationTokens]);
        return start >= 0
            ? options with { ActivationPosition = Math.Clamp(start + adapter.Manifest.ActivationOffset, 0, prompt.Ids.Length) }
            : options.AllowMissingInvocation
                ? options with { Adapter = null }
                : throw new MissingInvocationException(adapter, model.TextOf(adapter.InvocationTokens));
    }
}
