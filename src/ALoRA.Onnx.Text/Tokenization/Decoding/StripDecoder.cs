using System.Text;

namespace ALoRA.Onnx.Tokenization.Decoding;

/// <summary>Drops up to so many of a character at a token's start and end.</summary>
internal sealed class StripDecoder(Rune content, int start, int stop) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) => tokens.ConvertAll(Strip);

    private string Strip(string token)
    {
        string stripped = content.ToString();
        int from = 0;
        for (int i = 0; i < start && token.AsSpan(from).StartsWith(stripped, StringComparison.Ordinal); i++)
        {
            from += stripped.Length;
        }

        int to = token.Length;
        for (int i = 0; i < stop && token.AsSpan(from, to - from).EndsWith(stripped, StringComparison.Ordinal); i++)
        {
            to -= stripped.Length;
        }

        return token[from..to];
    }
}
