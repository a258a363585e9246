namespace ALoRA.Onnx;

/// <summary>
/// Characters of a message's content that a program wrote in the template's place, so that special tokens in them are tokens, such as the
/// mark before tool calls where the template writes none.
/// </summary>
/// <param name="Message">Index of the message within the variable <c>messages</c>.</param>
/// <param name="Start">First character, in UTF-16 units.</param>
/// <param name="Length">Number of UTF-16 units.</param>
public readonly record struct TrustedStretch(int Message, int Start, int Length);
