namespace ALoRA.Onnx;

/// <summary>How <see cref="Conversation.ForwardAsync"/> computes tokens.</summary>
public sealed record ForwardOptions
{
    /// <summary>Name of the adapter that computes the tokens. The default, null, is the base model.</summary>
    public string? Adapter { get; init; }

    /// <summary>
    /// Index of the first adapted token, counted within the appended tokens.
    /// The default, null, finds it among them by PEFT's rule. A plain LoRA always adapts all tokens.
    /// </summary>
    public int? ActivationStart { get; init; }

    /// <summary>
    /// Whether the base model computes the tokens, as in PEFT, if they lack the aLoRA's invocation tokens; otherwise that is an error.
    /// The default value is <see langword="false"/>.
    /// </summary>
    public bool AllowMissingInvocation { get; init; }

    /// <summary>
    /// Indices within the appended tokens whose logits are returned, in any order. The default, null, is the last token's.
    /// </summary>
    public IReadOnlyList<int>? LogitsPositions { get; init; }
}
