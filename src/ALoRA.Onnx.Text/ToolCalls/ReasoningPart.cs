namespace ALoRA.Onnx;

/// <summary>A piece of what the model thought before it answered.</summary>
/// <param name="Text">
/// The piece, never empty, without the marks. Pieces are put together without anything between them; a second block begins with a line end.
/// </param>
public sealed record ReasoningPart(string Text) : AnswerPart;
