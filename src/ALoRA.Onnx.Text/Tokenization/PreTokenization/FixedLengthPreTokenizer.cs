using ALoRA.Onnx.Patterns;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.PreTokenization;

/// <summary>Cuts after every so many code points.</summary>
internal sealed class FixedLengthPreTokenizer(int length) : PreTokenizer
{
    private readonly FixedLengthPattern _pattern = new(length);

    public override void Apply(PreTokenizedText text) => text.Split(_pattern, SplitBehavior.Isolated);

    private sealed class FixedLengthPattern(int length) : TextPattern
    {
        public override void FindSpans(ReadOnlySpan<char> text, List<TextSpan> spans)
        {
            int start = 0;
            int count = 0;
            for (int i = 0; i < text.Length;)
            {
                i += CodePoints.Units(CodePoints.At(text, i));
                if (++count == length || i == text.Length)
                {
                    spans.Add(new TextSpan(start, i, IsMatch: true));
                    (start, count) = (i, 0);
                }
            }
        }
    }
}
