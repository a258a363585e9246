namespace ALoRA.Onnx;

/// <summary>How <see cref="Conversation.PromptAsync(ReadOnlyMemory{int}, PromptOptions?, CancellationToken)"/> computes a prompt.</summary>
public sealed record PromptOptions
{
    /// <summary>Name of the adapter to run prompt and answer under; the default, null, is the base.</summary>
    public string? Adapter { get; init; }

    /// <summary>First adapted token of the prompt. The default, null, finds it by PEFT's rule; a plain LoRA always adapts all.</summary>
    public int? ActivationPosition { get; init; }

    /// <summary>Whether an aLoRA whose invocation tokens are missing runs as the base, as in PEFT, instead of being an error. The default value is <see langword="false"/>.</summary>
    public bool AllowMissingInvocation { get; init; }
}
