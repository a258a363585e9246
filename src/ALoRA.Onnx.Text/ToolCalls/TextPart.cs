namespace ALoRA.Onnx;

/// <summary>A piece of what the user sees.</summary>
/// <param name="Text">The piece, never empty. Pieces are put together without anything between them.</param>
public sealed record TextPart(string Text) : AnswerPart;
