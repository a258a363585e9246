namespace ALoRA.Onnx;

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>An end-of-text or stop token was generated, as the last token.</summary>
    StopToken,

    /// <summary>A stop string was generated; the text is cut before it.</summary>
    StopString,

    /// <summary><see cref="GenerationOptions.MaxNewTokens"/> were generated.</summary>
    MaxNewTokens,

    /// <summary>The context is full.</summary>
    ContextFull,

    /// <summary>
    /// The text is complete under <see cref="GenerationOptions.Constraint"/>: nothing may follow, and the model has no stop token.
    /// </summary>
    ConstraintComplete,
}
