namespace ALoRA.Onnx.Inference;

/// <summary>Where an adapter is invoked in an encoded prompt: by ids of the template, never by those that a value spells.</summary>
internal static class TrustedInvocation
{
    /// <summary>Encodes messages as options say.</summary>
    public static EncodedPrompt Encode(
        LoadedModel model, IReadOnlyList<PromptMessage> messages, PromptOptions options, CancellationToken cancellationToken)
    {
        PromptEncodingOptions encoding = new()
        {
            SpecialTokens = options.SpecialTokens,
            Template = options.TemplateOptions,
            Invocation = options.Adapter is null ? [] : model.Adapters.Get(options.Adapter).InvocationTokens,
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
