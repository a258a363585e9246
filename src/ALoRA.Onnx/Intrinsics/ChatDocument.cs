namespace ALoRA.Onnx;

/// <summary>A document that a conversation is about, mostly a snippet that was retrieved.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Id">By what results call it. Default null.</param>
/// <param name="Title">Its title. Default null.</param>
public sealed record ChatDocument(string Text, string? Id = null, string? Title = null);
