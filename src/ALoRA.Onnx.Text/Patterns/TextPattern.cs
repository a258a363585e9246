namespace ALoRA.Onnx.Patterns;

/// <summary>Finds matches in a text. Thread-safe.</summary>
internal abstract class TextPattern
{
    /// <summary>Appends spans that cover the whole text in order: the matches, and what lies between them.</summary>
    public abstract void FindSpans(ReadOnlySpan<char> text, List<TextSpan> spans);
}
