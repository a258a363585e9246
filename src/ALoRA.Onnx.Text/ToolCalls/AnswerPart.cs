namespace ALoRA.Onnx;

/// <summary>
/// A part of an answer that a <see cref="ToolCallReader"/> found: <see cref="TextPart"/>, <see cref="ReasoningPart"/>,
/// <see cref="ToolCallPart"/> or <see cref="UnreadableCallPart"/>. Immutable.
/// </summary>
public abstract record AnswerPart
{
    private protected AnswerPart()
    {
    }
}
