using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Patterns;

/// <summary>The zero-width tests.</summary>
internal static class PositionTests
{
    public static bool Holds(AssertionKind kind, ReadOnlySpan<char> text, int position) => kind switch
    {
        AssertionKind.LineStart => position == 0 || (text[position - 1] == '\n' && position < text.Length),
        AssertionKind.LineEnd => position == text.Length || text[position] == '\n',
        AssertionKind.TextStart => position == 0,
        AssertionKind.TextEnd => position == text.Length,
        AssertionKind.TextEndOrFinalNewline => position == text.Length || (position == text.Length - 1 && text[position] == '\n'),
        AssertionKind.WordBoundary => IsBoundary(text, position),
        AssertionKind.NotWordBoundary => !IsBoundary(text, position),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown position test."),
    };

    private static bool IsBoundary(ReadOnlySpan<char> text, int position)
    {
        bool before = position > 0 && UnicodeProperties.Word.Contains(CodePoints.Before(text, position));
        bool after = position < text.Length && UnicodeProperties.Word.Contains(CodePoints.At(text, position));
        return before != after;
    }
}
