namespace ALoRA.Onnx;

/// <summary>How an adapter is invoked on a conversation.</summary>
public sealed record InvocationOptions
{
    /// <summary>
    /// Text that is appended before the invocation tokens. Special tokens that it spells out are tokenized as such; no others are added.
    /// The default, null, is none.
    /// </summary>
    public string? Instruction { get; init; }

    /// <summary>
    /// Ids that are appended after <see cref="Instruction"/> and before the invocation tokens. The default is none.
    /// </summary>
    public IReadOnlyList<int> InstructionTokens { get; init; } = [];

    /// <summary>
    /// Where the invocation tokens are. The default value is <see cref="InvocationPlacement.Appended"/>.
    /// Ignored for a plain LoRA, which has none.
    /// </summary>
    public InvocationPlacement Placement { get; init; }

    /// <summary>
    /// Index of the first adapted token, counted over conversation, instruction and invocation tokens.
    /// The default, null, finds it by PEFT's rule.
    /// </summary>
    public int? ActivationPosition { get; init; }

    /// <summary>
    /// Shifts the position that PEFT's rule finds by -1, 0 or 1 tokens.
    /// The default, null, is the adapter's own <see cref="AdapterManifest.ActivationOffset"/>.
    /// </summary>
    public int? ActivationOffset { get; init; }

    /// <summary>
    /// Whether the base model answers, as in PEFT, if the invocation tokens are missing; otherwise that is an error.
    /// The default value is <see langword="false"/>.
    /// </summary>
    public bool AllowMissingInvocation { get; init; }

    /// <summary>
    /// Possible answers of one token each, whose probabilities are returned in <see cref="IntrinsicResult.Choices"/>.
    /// They do not constrain the generated answer. The default is none.
    /// </summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>
    /// How the answer is generated. By default it is greedy, without repetition penalty, and ends at the model's stop tokens.
    /// </summary>
    public GenerationOptions Generation { get; init; } = new();
}
