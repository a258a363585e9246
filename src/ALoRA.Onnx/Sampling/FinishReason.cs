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
}
