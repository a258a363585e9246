using System.Text;
using ALoRA.Onnx.Patterns;

namespace ALoRA.Onnx.Tokenization.Decoding;

/// <summary>Replaces what a pattern matches, token by token.</summary>
internal sealed class ReplaceDecoder(TextPattern pattern, string content) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) => tokens.ConvertAll(DecodeInside);

    public override string DecodeInside(string token)
    {
        List<TextSpan> spans = [];
        pattern.FindSpans(token, spans);
        StringBuilder decoded = new();
        foreach (TextSpan span in spans)
        {
            decoded.Append(span.IsMatch ? content : token.AsSpan(span.Start, span.Length));
        }

        return decoded.ToString();
    }
}
