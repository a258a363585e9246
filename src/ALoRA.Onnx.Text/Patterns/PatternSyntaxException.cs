namespace ALoRA.Onnx.Patterns;

/// <summary>
/// A regular expression is malformed, or uses something that is not supported. Never leaves the tokenizer: the reader adds file and key.
/// </summary>
internal sealed class PatternSyntaxException(string message) : Exception(message);
