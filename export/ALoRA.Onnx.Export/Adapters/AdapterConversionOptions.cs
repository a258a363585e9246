namespace ALoRA.Onnx.Export.Adapters;

/// <summary>How an adapter is converted.</summary>
public sealed class AdapterConversionOptions
{
    /// <summary>Whether an adapter of the same name in the model folder is replaced. Default: false, the conversion is refused.</summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// Where an activated LoRA begins to act, relative to the first invocation token. Default: 0, PEFT's rule: that token is already adapted.
    /// +1 for adapters trained to begin one token later (IBM's package from before PEFT), -1 for one token earlier.
    /// </summary>
    public int ActivationOffset { get; init; }
}
