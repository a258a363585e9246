namespace ALoRA.Onnx;

/// <summary>Where the invocation tokens of an aLoRA are.</summary>
public enum InvocationPlacement
{
    /// <summary>They are appended after the conversation and the instruction, if there is one.</summary>
    Appended,

    /// <summary>They are already in the conversation or the instruction; their last occurrence counts.</summary>
    InPrompt,
}
