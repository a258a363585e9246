namespace ALoRA.Onnx;

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>An end-of-text or stop token was generated; it is the last token.</summary>
    StopToken,

    /// <summary>The text contains one of the stop strings; it was cut before it.</summary>
    StopString,

    /// <summary><see cref="GenerationOptions.MaxNewTokens"/> were generated.</summary>
    MaxNewTokens,

    /// <summary>The context is full.</summary>
    ContextFull,

    /// <summary>
    /// The text that <see cref="GenerationOptions.Constraint"/> asks for is complete, nothing may follow it, and there is no stop token.
    /// </summary>
    ConstraintComplete,
}
