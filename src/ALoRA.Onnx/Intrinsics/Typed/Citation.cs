namespace ALoRA.Onnx;

/// <summary>A span of a document that supports a sentence of an answer.</summary>
/// <param name="ResponseBegin">Begin of the sentence in the answer, in code points.</param>
/// <param name="ResponseEnd">Its end.</param>
/// <param name="ResponseText">Its text.</param>
/// <param name="DocumentId">Id of the document.</param>
/// <param name="Begin">Begin of the span in the document, in code points.</param>
/// <param name="End">Its end.</param>
/// <param name="Text">Its text.</param>
public sealed record Citation(
    int ResponseBegin, int ResponseEnd, string? ResponseText, string? DocumentId, int Begin, int End, string? Text);
