using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Patterns;

/// <summary>Matches single code points by a test.</summary>
internal sealed class CodePointPattern(Func<int, bool> test) : TextPattern
{
    public override void FindSpans(ReadOnlySpan<char> text, List<TextSpan> spans)
    {
        int pending = 0;
        int units;
        for (int i = 0; i < text.Length; i += units)
        {
            int codePoint = CodePoints.At(text, i);
            units = CodePoints.Units(codePoint);
            if (!test(codePoint))
            {
                continue;
            }

            if (pending < i)
            {
                spans.Add(new TextSpan(pending, i, IsMatch: false));
            }

            spans.Add(new TextSpan(i, i + units, IsMatch: true));
            pending = i + units;
        }

        if (pending < text.Length || text.IsEmpty)
        {
            spans.Add(new TextSpan(pending, text.Length, IsMatch: false));
        }
    }
}
