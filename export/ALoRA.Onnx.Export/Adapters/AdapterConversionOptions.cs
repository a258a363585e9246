namespace ALoRA.Onnx.Export;

/// <summary>How an adapter is converted.</summary>
public sealed class AdapterConversionOptions
{
    /// <summary>Whether an adapter of the same name in the model folder is replaced. Default: false, the conversion is refused.</summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// First adapted token of an activated LoRA, relative to the first invocation token. Default: 0, as in PEFT: that token is adapted.
    /// +1 for adapters trained to start one token later (IBM's package from before PEFT), -1 for one token earlier.
    /// </summary>
    public int ActivationOffset { get; init; }

    /// <summary>
    /// The ids of the configuration's <c>invocation_string</c> (the form of IBM's package from before PEFT),
    /// encoded with the base's tokenizer and without special tokens that the text does not spell out; see
    /// <see cref="PeftAdapter.InvocationString"/>. Default: null, such adapters are refused.
    /// </summary>
    public IReadOnlyList<int>? InvocationTokens { get; init; }

    /// <summary>
    /// How the adapter is invoked and what it answers. Default: null. Must be null for an adapter with an <c>io.yaml</c>, which defines
    /// both.
    /// </summary>
    public IntrinsicSettings? Intrinsic { get; init; }
}
