namespace ALoRA.Onnx.Python.Failures;

/// <summary>The template's text is malformed at a line. Never leaves <see cref="ChatTemplate"/>.</summary>
internal sealed class SyntaxFailure(string message, int line) : Exception(message)
{
    public int Line { get; } = line;
}
