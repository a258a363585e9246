namespace ALoRA.Onnx;

/// <summary>How <see cref="Conversation.ForwardAsync"/> computes tokens.</summary>
public sealed record ForwardOptions
{
    /// <summary>Name of the adapter to compute under; the default, null, is the base.</summary>
    public string? Adapter { get; init; }

    /// <summary>
    /// First adapted token as an index within the appended tokens.
    /// The default, null, finds it by PEFT's rule among the appended tokens; a plain LoRA always adapts all.
    /// </summary>
    public int? ActivationStart { get; init; }

    /// <summary>
    /// Whether an aLoRA whose invocation tokens are missing gives the base's numbers, as PEFT does, instead of an error.
    /// The default value is <see langword="false"/>.
    /// </summary>
    public bool AllowMissingInvocation { get; init; }

    /// <summary>Indices within the appended tokens whose logits are wanted, in any order. The default, null, is the last one.</summary>
    public IReadOnlyList<int>? LogitsPositions { get; init; }
}
