namespace ALoRA.Onnx;

/// <summary>A call that cannot be read, and so must not be carried out.</summary>
/// <param name="Raw">What the model wrote; only its beginning where it is longer than <see cref="ToolCallReader.MaxCallLength"/>.</param>
/// <param name="Error">Why it cannot be read, a sentence.</param>
/// <param name="Name">The function's name, if that much could be read.</param>
/// <param name="IsCut">Whether nothing is wrong but that the answer ended within the call.</param>
public sealed record UnreadableCallPart(string Raw, string Error, string? Name, bool IsCut) : AnswerPart;
