namespace ALoRA.Onnx.Extensions.AI;

/// <summary>A document that an answer is to be based on.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Id">What templates call <c>doc_id</c>; null numbers the documents from 1.</param>
/// <param name="Title">Its title; null is none.</param>
public sealed record ChatDocument(string Text, string? Id = null, string? Title = null);
