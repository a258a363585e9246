namespace ALoRA.Onnx.Patterns;

/// <summary>A stretch of a text in UTF-16 units, and whether a pattern matched it.</summary>
internal readonly record struct TextSpan(int Start, int End, bool IsMatch)
{
    public int Length => End - Start;
}
