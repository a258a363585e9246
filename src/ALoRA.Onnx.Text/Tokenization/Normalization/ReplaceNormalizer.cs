using ALoRA.Onnx.Patterns;
using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>Replaces what a pattern matches; the content shares the place of the last code point it replaces.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : Normalizer
{
    public override int MostDropped => pattern is LiteralPattern literal && literal.Length <= content.Length ? 1 : 0;

    public override AlignedText Normalize(AlignedText text)
    {
        List<TextSpan> spans = [];
        pattern.FindSpans(text.Text, spans);
        if (!spans.Exists(span => span.IsMatch))
        {
            return text;
        }

        // One unit for one unit moves nothing, so the places need not be written out.
        if (content.Length == 1 && spans.TrueForAll(span => !span.IsMatch || span.Length == 1))
        {
            char[] characters = text.Text.ToCharArray();
            foreach (TextSpan span in spans.Where(span => span.IsMatch))
            {
                characters[span.Start] = content[0];
            }

            return text.WithSameShape(new string(characters));
        }

        AlignedTextBuilder builder = new(text, spans.Sum(span => (long)(span.IsMatch ? content.Length : span.Length)));
        foreach (TextSpan span in spans)
        {
            if (!span.IsMatch)
            {
                builder.Append(text, span.Start, span.End);
                continue;
            }

            (int start, int end) = text.PlaceBefore(span.End);
            builder.Append(content, start, end);
        }

        return builder.Build();
    }
}
