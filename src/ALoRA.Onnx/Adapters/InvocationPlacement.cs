namespace ALoRA.Onnx;

/// <summary>Where the invocation tokens of an aLoRA stand.</summary>
public enum InvocationPlacement
{
    /// <summary>They are appended behind the conversation (and the instruction, if there is one).</summary>
    Appended,

    /// <summary>They are already inside of the conversation or the instruction; their last occurrence counts.</summary>
    InPrompt,
}
