namespace ALoRA.Onnx.Patterns;

/// <summary>A literal text.</summary>
internal sealed class LiteralPattern(string literal) : TextPattern
{
    public int Length => literal.Length;

    public override void FindSpans(ReadOnlySpan<char> text, List<TextSpan> spans)
    {
        if (text.IsEmpty)
        {
            spans.Add(new TextSpan(0, 0, IsMatch: false));
            return;
        }

        int position = 0;
        while (position < text.Length)
        {
            int offset = text[position..].IndexOf(literal, StringComparison.Ordinal);
            if (offset != 0)
            {
                int end = offset < 0 ? text.Length : position + offset;
                spans.Add(new TextSpan(position, end, IsMatch: false));
                position = end;
            }

            if (offset >= 0)
            {
                spans.Add(new TextSpan(position, position + literal.Length, IsMatch: true));
                position += literal.Length;
            }
        }
    }
}
