namespace ALoRA.Onnx;

/// <summary>How an adapter is invoked on a conversation.</summary>
public sealed record InvocationOptions
{
    /// <summary>
    /// Text that is appended before the invocation tokens, encoded with the special
    /// tokens it spells out and no others. The default, null, is none.
    /// </summary>
    public string? Instruction { get; init; }

    /// <summary>
    /// Ids that are appended before the invocation tokens, behind those of <see cref="Instruction"/>. The default is none.
    /// </summary>
    public IReadOnlyList<int> InstructionTokens { get; init; } = [];

    /// <summary>
    /// Where the invocation tokens stand. The default value is <see cref="InvocationPlacement.Appended"/>.
    /// Not read for a plain LoRA, which has none.
    /// </summary>
    public InvocationPlacement Placement { get; init; }

    /// <summary>
    /// First adapted position, counted over conversation, instruction and invocation. The default, null, finds it by PEFT's rule.
    /// </summary>
    public int? ActivationPosition { get; init; }

    /// <summary>
    /// Moves the position that the rule finds: -1, 0 or 1.
    /// The default, null, is the adapter's own <see cref="AdapterManifest.ActivationOffset"/>.
    /// </summary>
    public int? ActivationOffset { get; init; }

    /// <summary>
    /// Whether the base answers if the invocation tokens are missing, as in PEFT, instead of an error.
    /// The default value is <see langword="false"/>.
    /// </summary>
    public bool AllowMissingInvocation { get; init; }

    /// <summary>
    /// Answers, one token each, whose probabilities are wanted; see <see cref="IntrinsicResult.Choices"/>.
    /// They do not constrain what is generated. The default is none.
    /// </summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>
    /// How the answer is generated. What it leaves open is greedy, without repetition penalty, with the model's stop tokens.
    /// </summary>
    public GenerationOptions Generation { get; init; } = new();
}
